/** @file Device memory that the host has for a while, in the order of a device's commands. */

/** What the host does with the bytes that it was lent: until the promise settles they are its to read and to change. */
export type HostUse = (bytes: Uint8Array) => Promise<void>;

/** A piece of memory in the host's hands. */
export interface Loan {
  /** Whether the host is done with it. */
  settled: boolean;
}
