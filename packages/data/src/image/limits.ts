/** Most pixels that an image may have: 2²⁸, 805 MB as RGB. A header can claim anything, and memory is taken before it is found out. */
export const PIXEL_LIMIT = 2 ** 28;
