/** The bounds of one HTTP exchange, in one place. */
export const bodyBytesMax = 1024 * 1024
export const jsonDepthMax = 32
export const headersTimeoutMs = 10_000
/** The whole request, from its first byte to the end of its body. */
export const requestTimeoutMs = 30_000
export const keepAliveTimeoutMs = 72_000
export const shutdownTimeoutMs = 10_000
