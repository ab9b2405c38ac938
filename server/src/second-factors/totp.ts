import { secondMs } from '../lib/timestamps.ts'

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, 30 seconds. */
const periodSeconds = 30
/** A code of the step before or after is accepted, too: clocks differ, and typing takes time. */
const window = 1

export async function newSecret(): Promise<string> {
  const { Secret } = await import('otpauth')
  return new Secret({ size: 20 }).base32
}

/** For the QR code. */
export async function uriOf(secret: string, issuer: string, label: string): Promise<string> {
  const { TOTP } = await import('otpauth')
  return new TOTP({ secret, issuer, label, period: periodSeconds }).toString()
}

/** The time step that the code belongs to; undefined when it is wrong. */
export async function stepOf(secret: string, code: string, nowMs: number): Promise<number | undefined> {
  // The library compares as many bytes as it expects, and throws for letters that take more.
  if (!/^\d{6}$/.test(code)) return undefined
  const { TOTP } = await import('otpauth')
  const delta = new TOTP({ secret, period: periodSeconds }).validate({
    token: code,
    timestamp: nowMs,
    window,
  })
  return delta === null ? undefined : Math.floor(nowMs / (periodSeconds * secondMs)) + delta
}
