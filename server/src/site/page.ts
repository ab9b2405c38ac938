import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import { escapedHtml } from '../http/error-page.ts'
import { originFor } from '../http/own-host.ts'
import type { Site, SiteNow } from './files.ts'
import { writePolicy } from './policy.ts'

/** What a page calls this server, and where its links lead. */
export interface Named {
  siteName: string
  origin: string
}

export function namesFor(config: Config, request: FastifyRequest): Named {
  return { siteName: config.siteName, origin: originFor(config, request) }
}

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
    .send(withNames(page.replaceAll('%NONCE%', nonce), named, escapedHtml))
}

/** @param written how a value is written in the format of the text */
export function withNames(
  text: string,
  { siteName, origin }: Named,
  written: (value: string) => string = (value) => value,
): string {
  return text.replaceAll('%SITE_NAME%', () => written(siteName)).replaceAll('%ORIGIN%', () => written(origin))
}
