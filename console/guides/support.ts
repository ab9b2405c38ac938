import { supportMark } from '../src/docs/guide.ts'

/** Where a guide says whom to contact; the server writes it there, or nothing. */
export const supportComment = /^<!-- support contact -->\s*$/m

export function withSupportMark(text: string): string {
  return text.replace(supportComment, `${supportMark}\n\n`)
}
