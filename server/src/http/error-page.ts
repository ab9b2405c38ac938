import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppError } from '../api/errors.ts'
import { pathOf } from './request-path.ts'

/** Whether a browser shows the response to a person who opened an address outside of the API. */
export function wantsPage(request: FastifyRequest): boolean {
  const isPage = !/^\/(?:api|health|metrics|assets|\.well-known)(?:\/|$)/.test(pathOf(request))
  return request.method === 'GET' && isPage && /\btext\/html\b/.test(request.headers.accept ?? '')
}

export const pageStyle = `:root { color-scheme: light dark; --line: light-dark(#dde1e6, #3b3f44) }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f6f7f9, #1b1c1e);
  color: light-dark(#1c2024, #d8dbde); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif }
main { box-sizing: border-box; width: min(34rem, 100vw - 32px); margin: 24px 0; padding: 28px; overflow-wrap: break-word;
  background: light-dark(#fff, #242628); border: 1px solid var(--line); border-radius: 6px }
h1 { margin: 12px 0 4px; font-size: 1.35rem; line-height: 1.3 }
p { margin: 8px 0 }
nav { display: flex; flex-wrap: wrap; gap: 6px 20px; margin-top: 20px }
a { color: light-dark(#1864ab, #74c0fc) }`
/** The page may have this style and nothing else. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; frame-ancestors 'none'`

/** As console/src/shell/icon.svg. */
export const pageIcon =
  '<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#1864ab"/><path d="M21.5 11.2a7 7 0 1 0 0 9.6" fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round"/><circle cx="22.4" cy="16" r="2.1" fill="#fff"/></svg>'

/** The error in plain words. It loads nothing: under a wrong host name nothing else is served either. */
export function sendErrorPage({ status, message, details }: AppError, reply: FastifyReply) {
  const ways =
    status === 404
      ? '<nav aria-label="This server"><a href="/docs">Documentation</a><a href="/console">Console</a></nav>\n'
      : ''
  return reply
    .code(status)
    .header('content-security-policy', policy)
    .header('vary', [reply.getHeader('vary'), 'Accept'].flat().filter(Boolean).join(', '))
    .header('content-type', 'text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapedHtml(message)}</title>
<style>${pageStyle}</style>
<main>
${pageIcon}
<h1>${escapedHtml(message)}</h1>
<p>${escapedHtml(details)}</p>
${ways}</main>
`)
}

/** Text for a page, between tags or in a quoted attribute. */
export function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
