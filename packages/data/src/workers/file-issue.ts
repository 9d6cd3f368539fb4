/** An image that could not be used, or only in part. */
export interface FileIssue {
  readonly file: string;
  readonly reason: string;
}
