/** Browsers have passkeys for names with https, and for localhost; not for addresses such as 127.0.0.1. */
export const hasPasskeys = globalThis.isSecureContext === true && !/^[\d.]+$|:/.test(location.hostname)
