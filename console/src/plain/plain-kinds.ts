import type { PlainKind } from './plain-kind.ts'

const found = import.meta.glob<PlainKind>('../resources/*.ts', { eager: true, import: 'kind' })

/** All of them, by the names of their files. */
export const plainKinds: readonly PlainKind[] = Object.values(found)
