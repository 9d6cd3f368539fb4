/** @file Sizes of Winograd's convolution, shared by the WebAssembly kernels and their launches. */

/** Panels of 8 filters whose products are kept at a time. */
export const winogradPanels = 4;
