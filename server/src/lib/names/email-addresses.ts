import { domainToASCII, domainToUnicode } from 'node:url'
import type { ReadText } from './read-text.ts'

/** In bytes, as mail servers count (RFC 5321 §4.5.3.1). */
const localBytesMax = 64
const addressBytesMax = 254
const labelBytesMax = 63

const malformed: ReadText = { problem: 'must be an email address such as jo@example.org.' }

/**
 * An address that a mail server may accept, including letters of any script (RFC 6531), without quotes or comments. The
 * local part stays as written; a domain in letters other than ASCII is converted as in UTS 46.
 */
export function readEmail(typed: string): ReadText {
  const parts = partsOf(typed)
  if (!parts) return malformed
  const { local, domain, ascii } = parts
  if (Buffer.byteLength(local) > localBytesMax)
    return { problem: `has more than ${localBytesMax} bytes before the @.` }
  if (local.length + 1 + ascii.length > addressBytesMax || Buffer.byteLength(`${local}@${domain}`) > 320)
    return { problem: `is longer than ${addressBytesMax} characters.` }
  return { text: `${local}@${domain}` }
}

/** The unique key of a user's address: one for all spellings of one mailbox. A text that is no address is its own key. */
export function emailKey(email: string): string {
  const parts = partsOf(email)
  if (!parts) return email.toLowerCase()
  return `${parts.local.toLowerCase().replaceAll('ς', 'σ').normalize('NFC')}@${parts.ascii}`
}

function partsOf(typed: string): { local: string; domain: string; ascii: string } | undefined {
  const [local = '', domain = '', ...more] = typed.normalize('NFKC').split('@')
  if (more.length > 0 || !localPart.test(local) || hidden.test(domain)) return undefined
  const written = domain.replace(/[.\u3002]$/, '')
  if (!domainCharacters.test(written)) return undefined
  const ascii = domainToASCII(written).toLowerCase()
  const labels = ascii.split('.')
  if (labels.length < 2 || ascii.length > 253 || !labels.every(isLabel) || /^\d+$/.test(labels.at(-1) ?? ''))
    return undefined
  return { local, domain: isAscii.test(written) ? written : domainToUnicode(ascii), ascii }
}

const isAscii = /^[\0-\x7f]*$/
const hidden = /[\p{C}\p{Default_Ignorable_Code_Point}]/u
const atom = String.raw`[[a-zA-Z0-9!#$%&'*+\/=?^_\x60\{\|\}~\-\p{L}\p{N}\p{M}]--\p{Default_Ignorable_Code_Point}]`
const localPart = new RegExp(`^(?!\\p{M})${atom}+(?:\\.(?!\\p{M})${atom}+)*$`, 'v')
/** Anything else would end the host name where the platform's URL parser reads it. */
const domainCharacters = /^[a-zA-Z0-9.\-\u3002\u00b7\u0375\u05f3\u05f4\u30fb\p{L}\p{N}\p{M}]+$/u

function isLabel(label: string): boolean {
  if (label.length > labelBytesMax || !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label)) return false
  // What stands for letters of other scripts is decoded; what cannot be stays as it is.
  return !label.startsWith('xn--') || !domainToUnicode(label).startsWith('xn--')
}
