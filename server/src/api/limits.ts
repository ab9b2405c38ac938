/** The bounds of one HTTP exchange, in one place. */
export const bodyBytesMax = 1024 * 1024
/** For routes that take a whole document: 1,000,000 characters of content in any script, even when escaped as \uXXXX. */
export const documentBodyBytesMax = 8 * 1024 * 1024
/** Of a file that is imported; it goes to the disk as it arrives. */
export const importBytesMax = 64 * 1024 * 1024
/** For routes open to anybody, which take nothing longer than a secret or two. */
export const publicBodyBytesMax = 16 * 1024
/** Requests for credentials that are pending, or approved and not collected. */
export const openRequestsPerPersonMax = 5
export const openGuestRequestsPerAddressMax = 3
export const openGuestRequestsMax = 100
export const testReceiversPerOwnerMax = 5
export const formParametersMax = 20
export const jsonDepthMax = 32
/** The longest batch has 1,500. Parsing takes 100 ms for 1 MB of nested arrays, and longer for as many values as fit. */
export const jsonValuesMax = 10_000
/** Everything but strings and white space, which are cheap to parse. */
export const jsonBytesBesideTextMax = 256 * 1024
export const headersTimeoutMs = 10_000
/** The whole request, from its first byte to the end of its body. */
export const requestTimeoutMs = 30_000
/** How long the caller may leave a response unread. Node checks every 28 s, so it acts within a minute. */
export const responseStallMs = 28_000
/** Large responses that are not read yet, of one caller and in total. */
export const unreadBytesPerCallerMax = 64 * 1024 * 1024
export const unreadBytesMax = 256 * 1024 * 1024
/** How long a part of an export may stay unread: 32 KiB in this time are 700 bytes a second. */
export const exportPartTimeoutMs = 45_000
/** One import works this long at most, so that its response comes before proxies give up, which is after a minute by default. */
export const importWorkMs = 45_000
export const keepAliveTimeoutMs = 72_000
/** How long a connection may be idle while its response is prepared or read. */
export const connectionStallMs = 120_000
/** How long the rest of a request is read after its response was sent. */
export const lingerMs = 5_000
/** Beyond this, idle connections are closed, and new ones refused until some have closed. */
export const connectionsMax = 10_000
/** From one address or address block; not applied to connections from a proxy. */
export const connectionsPerAddressMax = 1_000
export const shutdownTimeoutMs = 10_000

/** All that the call of a tool by an assistant may take. */
export const toolCallMs = 30_000
