/** The bounds of one HTTP exchange, in one place. */
export const bodyBytesMax = 1024 * 1024
/** Where a whole document is sent: a content of 1,000,000 characters fits in any script, also with each written as \uXXXX. */
export const documentBodyBytesMax = 8 * 1024 * 1024
/** Where anybody may call: nothing that is sent there is longer than a secret or two. */
export const publicBodyBytesMax = 16 * 1024
export const formParametersMax = 20
export const jsonDepthMax = 32
/** The longest batch has 1,500; a parser takes 1 MB of nested arrays for 100 ms, and as many values as fit for more. */
export const jsonValuesMax = 10_000
/** Numbers and punctuation: everything but text and white space, which cost next to nothing. */
export const jsonBytesBesideTextMax = 256 * 1024
export const headersTimeoutMs = 10_000
/** The whole request, from its first byte to the end of its body. */
export const requestTimeoutMs = 30_000
/** How long nothing of an answer may be taken. Node notices it at the second time at the latest: within a minute. */
export const responseStallMs = 28_000
/** Large responses that wait to be read, of one caller and of all. */
export const unreadBytesPerCallerMax = 64 * 1024 * 1024
export const unreadBytesMax = 256 * 1024 * 1024
/** How long a part of an export may wait to be taken: 32 KiB in this time are 700 bytes a second. */
export const exportPartTimeoutMs = 45_000
export const keepAliveTimeoutMs = 72_000
/** How long nothing may happen on a connection that is waiting for its response, or for it to be taken. */
export const connectionStallMs = 120_000
/** How long the rest of a request is read whose response is out already. */
export const lingerMs = 5_000
/** More close those that are idle, and are turned away until some have closed. */
export const connectionsMax = 10_000
/** Of one address, or block of addresses; not where connections come from a proxy. */
export const connectionsPerAddressMax = 1_000
export const shutdownTimeoutMs = 10_000
