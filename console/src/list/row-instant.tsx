import { Instant } from '../parts/instant.tsx'
import { useExactTimes } from './list-view.ts'

/** A time in a row: short and relative, or exact if the reader chose so; whole on hover either way. */
export function RowInstant({ at }: { at: string }) {
  return useExactTimes() ? <Instant at={at} seconds /> : <Instant at={at} brief />
}
