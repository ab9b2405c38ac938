import { randomBytes } from 'node:crypto'
import { BoundedMap } from '../lib/bounded-map.ts'
import { openWith, sealWith } from '../lib/sealing.ts'
import type { Vault } from '../lib/vault.ts'
import type { Db } from './database.ts'
import { listed } from './dialect.ts'
import { prepared } from './prepared.ts'

/**
 * Seals what is logged about a person with a key of that person's own, so that an erasure changes no row of a log: the
 * key is destroyed, and all that it sealed can never be read again. The keys are sealed by the vault in `subject_keys`.
 *
 * A sealed text names its subject, `sealed:17:…`, so that a page of rows is opened after one query for their keys. A key
 * is remembered for at most `freshForMs`: another process opens nothing for longer than that after an erasure.
 */
const freshForMs = 1_000
const keysMax = 20_000
const keyBytes = 32
/** Names and addresses repeat from row to row; longer texts rarely do. */
const repeatedLengthMax = 100
const repeatedMax = 8

/** The fields of a record that name the person it is about. */
export const personalIds: readonly string[] = ['user_id', 'requester_id', 'owner_id']

/** The people whom a record was about, and is about. */
export interface ChangedSubjects {
  before: number | null
  after: number | null
}

export interface SubjectKey {
  subject: number
  /** As stored; null once it is destroyed. */
  stored: string | null
  key: Buffer | null
  loadedAtMs: number
  /** Short texts, sealed and opened: the same name is sealed once, not for each row. */
  sealed: BoundedMap<string, string>
  opened: BoundedMap<string, string>
}

/** Opens a text of the rows it was made for: null when it is null, or its subject was erased. */
export type Opener = (text: string | null, context: string) => string | null

/** What a sealed text looks like. */
const sealedText = /^sealed:(\d{1,15}):([A-Za-z0-9+/=]*)$/

export class Subjects {
  #vault: Vault | undefined
  #read: Db | undefined
  readonly #known = new BoundedMap<number, SubjectKey>(keysMax)

  /**
   * To be called before anything is sealed or opened: the secret key is known only when the tables are up to date.
   * @param read committed data
   */
  unlock(vault: Vault, read: Db): void {
    this.#vault = vault
    this.#read = read
    this.#known.clear()
  }

  /**
   * The key to seal with in a transaction; made here for a person who has none yet. Until the commit only that transaction
   * may use it: an id that is rolled back is given to somebody else.
   */
  async keyFor(db: Db, subject: number): Promise<SubjectKey> {
    const fresh = this.#fresh(subject)
    if (fresh) return fresh
    const stored = (await findKeys(db, { ids: JSON.stringify([subject]) }))[0]
    if (stored) return this.#toKey(subject, stored.sealed_key)
    const made = this.#unlocked().seal(randomBytes(keyBytes).toString('base64'), subjectKeyContext(subject))
    const [inserted] = await insertKey(db, { user_id: subject, sealed_key: made })
    if (inserted) return this.#toKey(subject, made)
    // Another transaction has made one at the same moment.
    return this.#toKey(
      subject,
      (await findKeys(db, { ids: JSON.stringify([subject]) }))[0]?.sealed_key ?? null,
    )
  }

  /** @returns a function that opens these texts */
  async opener(db: Db, texts: readonly (string | null)[]): Promise<Opener> {
    const keys = new Map<number, SubjectKey>()
    const wanted = new Set<number>()
    for (const text of texts) {
      const subject = text === null ? undefined : subjectOf(text)
      if (subject === undefined || keys.has(subject)) continue
      const fresh = this.#fresh(subject)
      if (fresh) keys.set(subject, fresh)
      else wanted.add(subject)
    }
    if (wanted.size > 0) {
      for (const { user_id, sealed_key } of await findKeys(db, { ids: JSON.stringify([...wanted]) })) {
        const key = this.#loaded(user_id, sealed_key)
        if (db === this.#read) this.#known.set(user_id, key)
        keys.set(user_id, key)
      }
    }
    return (text, context) => opened(keys, text, context)
  }

  /** Caches a key of `keyFor` once its transaction is committed. A missing key is not cached: the user may be created later. */
  remember(subject: number, key: SubjectKey): void {
    if (key.key !== null) this.#known.set(subject, key)
  }

  /** When the transaction that destroys the key is committed. */
  forget(subject: number): void {
    this.#known.delete(subject)
  }

  #fresh(subject: number): SubjectKey | undefined {
    const known = this.#known.get(subject)
    return known && performance.now() - known.loadedAtMs < freshForMs ? known : undefined
  }

  /** The same as before where it is still what is stored: it does not have to be opened again. */
  #loaded(subject: number, stored: string | null): SubjectKey {
    const known = this.#known.get(subject)
    return known?.stored === stored
      ? { ...known, loadedAtMs: performance.now() }
      : this.#toKey(subject, stored)
  }

  #toKey(subject: number, stored: string | null): SubjectKey {
    const plain = stored === null ? null : this.#unlocked().open(stored, subjectKeyContext(subject))
    return {
      subject,
      stored,
      key: plain === null ? null : Buffer.from(plain, 'base64'),
      loadedAtMs: performance.now(),
      sealed: new BoundedMap(repeatedMax),
      opened: new BoundedMap(repeatedMax),
    }
  }

  #unlocked(): Vault {
    if (!this.#vault) throw new Error('Nothing about a person can be sealed before the secret key is known.')
    return this.#vault
  }
}

export function subjectKeyContext(subject: number): string {
  return `subject ${subject} key`
}

/** The person whom a sealed text is about; undefined for a plain text. */
export function subjectOf(text: string): number | undefined {
  const id = text.startsWith('sealed:') ? sealedText.exec(text)?.[1] : undefined
  return id === undefined ? undefined : Number(id)
}

/** @param context the column, such as `audit_log.ip` */
export function sealedFor(known: SubjectKey, text: string, context: string): string {
  const prefix = `sealed:${known.subject}:`
  const { key } = known
  if (!key) return prefix
  return repeated(known.sealed, text, context, () => prefix + sealWith(key, text, context))
}

function opened(keys: ReadonlyMap<number, SubjectKey>, text: string | null, context: string): string | null {
  const [, subject, sealed = ''] = (text?.startsWith('sealed:') && sealedText.exec(text)) || []
  if (text === null || subject === undefined) return text
  const known = keys.get(Number(subject))
  const { key } = known ?? {}
  if (!known || !key || sealed === '') return null
  try {
    return repeated(known.opened, sealed, context, () => openWith(key, sealed, context))
  } catch {
    // Sealed under a key that was lost with the secret key; the person has another one since.
    return null
  }
}

function repeated(
  known: BoundedMap<string, string>,
  text: string,
  context: string,
  make: () => string,
): string {
  if (text.length > repeatedLengthMax) return make()
  const name = `${context} ${text}`
  const before = known.get(name)
  if (before !== undefined) return before
  const made = make()
  known.set(name, made)
  return made
}

const findKeys = prepared((db, { ids }: { ids: string }) =>
  db.selectFrom('subject_keys').select(['user_id', 'sealed_key']).where('user_id', 'in', listed(db, ids)),
)

/** Inserts nothing when the user does not exist: a record of an extension may name one. */
const insertKey = prepared((db, { user_id, sealed_key }: { user_id: number; sealed_key: string }) =>
  db
    .insertInto('subject_keys')
    .columns(['user_id', 'sealed_key'])
    .expression((eb) =>
      eb
        .selectFrom('users')
        .select((row) => ['users.id', row.val(sealed_key).as('sealed_key')])
        .where('users.id', '=', user_id),
    )
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .returning('user_id'),
)
