import { isIP } from 'node:net'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'

export interface PasskeySite {
  origin: string
  /** The relying party: the name that browsers bind passkeys to. */
  rpId: string
}

/**
 * From the settings alone: a header of a request must not decide for which site a passkey is accepted.
 * @throws AppError conflict where browsers offer no passkeys
 */
export function passkeySite({ publicUrl }: Pick<Config, 'publicUrl'>): PasskeySite {
  const { origin, hostname, protocol } = new URL(publicUrl)
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0
  const isSafe = protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
  if (isName && isSafe) return { origin, rpId: hostname }
  throw new AppError(
    'conflict',
    'Browsers offer passkeys under a name with https only: set COMSERV_PUBLIC_URL to the address that people open, such as https://comserv.example.org. For trying it out http://localhost with a port is enough.',
  )
}
