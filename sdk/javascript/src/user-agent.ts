import { version } from './version.ts'

/** Browsers send their own; setting the header would only cost a preflight. */
export function userAgentHeaders(): Record<string, string> {
  const { process, document } = globalThis as {
    process?: { versions?: { node?: string } }
    document?: unknown
  }
  const isProgram = process?.versions?.node !== undefined && document === undefined
  return isProgram ? { 'user-agent': `comserv-javascript/${version}` } : {}
}
