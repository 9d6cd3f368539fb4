/** What a page says in place of test images; a page without them is better than none. */
export function notMeasured(error: unknown): string {
  const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `There are no test images on this page: ${reason}`;
}
