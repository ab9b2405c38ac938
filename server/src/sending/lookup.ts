import { isIP, type LookupFunction } from 'node:net'

/** Why a host name has no address to connect to. The message names no address. */
export class LookupError extends Error {
  readonly code: 'EBLOCKED' | 'EUNRESOLVED'

  constructor(code: LookupError['code'], host: string, cause?: unknown) {
    super(`${host} ${code === 'EBLOCKED' ? 'leads to a blocked network' : 'was not resolved'}`, { cause })
    this.code = code
  }
}

/** As `net.connect` calls it. */
export function lookupOf(addressesOf: (host: string) => Promise<string[]>): LookupFunction {
  return (host, options, callback) => {
    addressesOf(host).then(
      (addresses) => {
        const wanted = Number(String(options.family ?? 0).replace('IPv', ''))
        const found = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter(({ family }) => wanted === 0 || family === wanted)
        const [first] = found
        if (!first) callback(new LookupError('EUNRESOLVED', host), '', 0)
        else if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }
}
