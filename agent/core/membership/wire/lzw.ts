/*
 * LZW as Go's compress/lzw writes it with LSB order and 8-bit literals (the GIF variant, GIF89a appendix F).
 * Codes 0..255 are bytes, 256 clears the table, 257 ends the data. Codes are 9 to 12 bits wide and packed from the low end.
 */
export const clearCode = 256
export const endCode = 257
export const firstWidth = 9
export const lastWidth = 12
/** The writer clears its table instead of giving this code out. */
export const highestCode = (1 << lastWidth) - 1
