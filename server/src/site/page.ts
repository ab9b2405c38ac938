import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import { escapedHtml } from '../http/error-page.ts'
import { originFor } from '../http/own-host.ts'
import type { Site, SiteNow } from './files.ts'
import { writePolicy } from './policy.ts'

/** What a page calls this server and whom to contact, and where its links lead. */
export interface Named {
  siteName: string
  origin: string
  supportContact: string | undefined
}

export function namesFor({ siteName, supportContact, ...config }: Config, request: FastifyRequest): Named {
  return { siteName, supportContact, origin: originFor(config, request) }
}

/** How these are written in a kind of text. */
interface Format {
  value(text: string): string
  /** A paragraph. */
  contact(href: string, label: string): string
}

const html: Format = {
  value: escapedHtml,
  contact: (href, label) => `<p>Contact: <a href="${escapedHtml(href)}">${escapedHtml(label)}</a></p>\n`,
}
const markdown: Format = { value: (text) => text, contact: (_, label) => `Contact: <${label}>\n\n` }

export function builtSite(site: SiteNow): Site {
  const built = site()
  if (built) return built
  throw new AppError(
    'resource_not_found',
    'The console has not been built; npm run build builds it, even while the server is running.',
  )
}

/** Sends a page under the policy of pages. Its placeholders are replaced by text, never by markup. */
export function sendPage(reply: FastifyReply, page: string, named: Named): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  writePolicy(reply, nonce)
  return reply
    .type('text/html; charset=utf-8')
    .send(withNames(page.replaceAll('%NONCE%', nonce), named, html))
}

export function withNames(
  text: string,
  { siteName, origin, supportContact }: Named,
  format: Format = markdown,
): string {
  return text
    .replaceAll('%SITE_NAME%', () => format.value(siteName))
    .replaceAll('%ORIGIN%', () => format.value(origin))
    .replaceAll('%SUPPORT_CONTACT%', () => format.value(supportContact ?? ''))
    .replace(/%SUPPORT%\n{0,2}/g, () =>
      supportContact ? format.contact(supportContact, supportContact.replace(/^mailto:/, '')) : '',
    )
}
