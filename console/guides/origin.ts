import { originMark } from '../src/docs/guide.ts'

/** The address of this server in the guides, as a reader of the repository sees it. */
const placeholder = 'http://127.0.0.1:3000'

/** What a proxy calls and what a server says at its start is the machine's own address, whatever the public one is. */
const own = /(?:proxy_pass |listens on `)$/

/** A sample is not about the address that it calls. */
export function withoutOrigin(text: string): string {
  return text.replaceAll(placeholder, '')
}

/**
 * Puts a mark where a guide names this server, in samples, install lines and prose alike: the server writes its address
 * there, so that each line works when it is pasted.
 */
export function withOrigin(text: string): string {
  return text
    .split(placeholder)
    .reduce((before, after) => before + (own.test(before) ? placeholder : originMark) + after)
}
