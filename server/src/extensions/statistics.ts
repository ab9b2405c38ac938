/** The functions of an extension that the server calls. */
export type Part = 'before' | 'on' | 'route' | 'task'

/** Since the process began. */
export class Counted {
  /** Failures, by extension and part. */
  readonly failures = new Map<string, number>()
  /** Refused changes, by extension. */
  readonly refusals = new Map<string, number>()
  /** Events that were received, by extension. */
  readonly received = new Map<string, number>()

  failed(name: string, part: Part): void {
    add(this.failures, `${name} ${part}`)
  }

  refused(name: string): void {
    add(this.refusals, name)
  }

  handled(name: string): void {
    add(this.received, name)
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
