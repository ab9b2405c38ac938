import { randomInt } from 'node:crypto'
import type { Vault } from '../lib/vault.ts'
import { recoveryCodesCount } from './schema.ts'

/** Without what looks alike on paper: 0 and o, 1 and l and i. */
const letters = '23456789abcdefghjkmnpqrstuvwxyz'
const half = 5

/** 49 bits each. */
export function newRecoveryCodes(): string[] {
  const part = () => Array.from({ length: half }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: recoveryCodesCount }, () => `${part()}-${part()}`)
}

/** As it is compared: however somebody types it. */
export function plainCode(code: string): string {
  return code.replaceAll(/[\s-]/g, '').toLowerCase()
}

/** Keyed, because a code is short enough to be found from a plain hash in a stolen database. */
export function hashOfCode(vault: Pick<Vault, 'fingerprint'>, userId: number, code: string): string {
  return vault.fingerprint(`recovery code ${userId} ${plainCode(code)}`)
}
