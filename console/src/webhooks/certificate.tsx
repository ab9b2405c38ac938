import type { Webhook } from 'comserv'
import { rich } from '../i18n/rich.ts'
import { Instant } from '../parts/instant.tsx'

const soonMs = 30 * 86_400_000

/** Whose certificate a webhook shows its receiver, and until when. */
export function Certificate({ of }: { of: NonNullable<Webhook['client_certificate']> }) {
  const leftMs = Date.parse(of.expires_at) - Date.now()
  const expiry = <Instant at={of.expires_at} />
  return (
    <>
      <span className="mono">{of.subject}</span>
      {leftMs <= 0 ? (
        <strong> {rich('expired on <expiry/>; replace it', { expiry })}</strong>
      ) : leftMs < soonMs ? (
        <strong> {rich('expires on <expiry/>; replace it soon', { expiry })}</strong>
      ) : (
        <> {rich('until <expiry/>', { expiry })}</>
      )}
      <span className="quiet block mono">SHA-256 {of.fingerprint_sha256}</span>
    </>
  )
}
