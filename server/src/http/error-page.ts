import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppError } from '../api/errors.ts'
import { pathOf } from './request-path.ts'

/** Whether a browser shows the response to a person who opened an address outside of the API. */
export function wantsPage(request: FastifyRequest): boolean {
  const isPage = !/^\/(?:api|health|metrics|assets|\.well-known)(?:\/|$)/.test(pathOf(request))
  return request.method === 'GET' && isPage && /\btext\/html\b/.test(request.headers.accept ?? '')
}

/** The error in plain words. It loads nothing: under a wrong host name nothing else is served either. */
export function sendErrorPage({ status, message, details }: AppError, reply: FastifyReply) {
  return reply
    .code(status)
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    .header('vary', [reply.getHeader('vary'), 'Accept'].flat().filter(Boolean).join(', '))
    .header('content-type', 'text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapedHtml(message)}</title>
<h1>${escapedHtml(message)}</h1>
<p>${escapedHtml(details)}</p>
`)
}

/** Text for a page, between tags or in a quoted attribute. */
export function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
