import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { isScope, scopes } from '../access/scopes.ts'
import { escapedHtml, pageIcon, pageStyle } from '../http/error-page.ts'
import type { PageWords } from './page-words.ts'
import type { AskedScope, AuthorizationRequest } from './request.ts'

const style = `${pageStyle}
ul { padding-left: 1.2em } li { margin: 4px 0 }
form { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 20px }
button { font: inherit; padding: 8px 18px; border-radius: 6px; border: 1px solid light-dark(#1864ab, #74c0fc); cursor: pointer;
  background: none; color: light-dark(#1864ab, #74c0fc) }
button.first { background: #1864ab; border-color: #1864ab; color: #fff }
input:not([type=hidden]) { font: inherit; letter-spacing: 0.1em; text-transform: uppercase; padding: 8px 10px; margin-top: 6px; width: 12em;
  max-width: 100%; box-sizing: border-box; border-radius: 6px; border: 1px solid light-dark(#868e96, #909296);
  background: light-dark(#fff, #1f2226); color: inherit }
label { flex-basis: 100% }
.problem { flex-basis: 100%; margin: 0; color: light-dark(#c92a2a, #ffa8a8) }
.code { font: 600 1.6em/1.3 ui-monospace, monospace; letter-spacing: 0.08em }
code { overflow-wrap: anywhere }
small { color: light-dark(#5c636a, #a6abb0) }`

/** Sends the only form of the page on its own. */
const submit = 'document.forms[0].submit()'
const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

interface Page {
  title: string
  /** Markup, with every text in it escaped. */
  body: string
  status?: number
  /** In the head. */
  head?: string
  /** Where its form may lead, beside this server. */
  formsTo?: string
  runsScript?: boolean
}

/**
 * It loads nothing, no other page may frame it, and its address goes to no other website. With `no-referrer`, browsers
 * would hide the origin of its form from this server, too.
 */
export function sendPage(reply: FastifyReply, words: PageWords, page: Page): FastifyReply {
  const { title, body, status = 200, head = '', formsTo, runsScript = false } = page
  const policy = [
    "default-src 'none'",
    `style-src ${sha(style)}`,
    ...(runsScript ? [`script-src ${sha(submit)}`] : []),
    // Browsers hold redirects after a form to this, too.
    `form-action 'self'${formsTo === undefined ? '' : ` ${formsTo}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return reply
    .code(status)
    .header('content-security-policy', policy.join('; '))
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'same-origin')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="${words.language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${head}<title>${escapedHtml(title)}</title>
<style>${style}</style>
<main>
${pageIcon}
<h1>${escapedHtml(title)}</h1>
${body}</main>
${runsScript ? `<script>${submit}</script>\n` : ''}`)
}

export const paragraph = (text: string) => `<p>${escapedHtml(text)}</p>\n`
export const hidden = (name: string, value: string) =>
  `<input type="hidden" name="${escapedHtml(name)}" value="${escapedHtml(value)}">\n`
export const button = (label: string, { value, first = false }: { value: string; first?: boolean }) =>
  `<button name="decision" value="${value}"${first ? ' class="first"' : ''}>${escapedHtml(label)}</button>\n`

/** Nobody knows where an answer belongs. */
export function sendAstray(
  reply: FastifyReply,
  words: PageWords,
  { problem, details }: { problem: 'form' | 'client' | 'redirect'; details: string },
): FastifyReply {
  if (problem === 'client')
    return sendPage(reply, words, { status: 400, title: words.unknown, body: paragraph(words.unknownText) })
  if (problem === 'form')
    return sendPage(reply, words, { status: 400, title: words.broken, body: paragraph(details) })
  const shown = details === '' ? '' : `<p><code>${escapedHtml(details.slice(0, 500))}</code></p>\n`
  return sendPage(reply, words, {
    status: 400,
    title: words.strayed,
    body: paragraph(words.strayedText) + shown,
  })
}

/**
 * Loads the same address once more, now as a page of this server: browsers keep the cookie of the session from requests that
 * another site began (`SameSite=Strict`).
 */
export function sendOnce(reply: FastifyReply, words: PageWords, path: string): FastifyReply {
  const escaped = escapedHtml(path)
  return sendPage(reply, words, {
    title: words.going,
    head: `<meta http-equiv="refresh" content="0; url=${escaped}">\n`,
    body: `<p><a href="${escaped}">${escapedHtml(words.goOn)}</a></p>\n`,
  })
}

/** Scopes of extensions have the words that these gave them. */
function textOf(words: PageWords, scope: AskedScope): string {
  const own: Readonly<Record<string, string | undefined>> = words.scopes
  return own[scope] ?? (isScope(scope) ? scopes[scope] : undefined) ?? scope
}

export function scopeItems(words: PageWords, scopes: readonly AskedScope[]): string {
  const items = scopes.map((scope) => `<li>${escapedHtml(textOf(words, scope))}</li>`)
  return `<ul>\n${items.join('\n')}\n</ul>\n`
}

interface Asked {
  query: string
  csrf: string
  username: string
  scopes: readonly AskedScope[]
}

export function sendConsent(
  reply: FastifyReply,
  words: PageWords,
  { application, redirectUri }: AuthorizationRequest,
  { query, csrf, username, scopes: asked }: Asked,
): FastifyReply {
  const { name } = application
  const target = targetOf(redirectUri)
  return sendPage(reply, words, {
    title: words.ask(name),
    formsTo: target,
    body: `${paragraph(words.askText(name, username))}${scopeItems(words, asked)}${paragraph(words.never)}<p><small>${escapedHtml(words.sentTo)} <code>${escapedHtml(target)}</code></small></p>
<form method="post" action="/oauth/authorize">
${hidden('request', query)}${hidden('csrf_token', csrf)}${button(words.allow, { value: 'allow', first: true })}${button(words.deny, { value: 'deny' })}</form>
`,
  })
}

export function sendAgain(
  reply: FastifyReply,
  words: PageWords,
  { application }: AuthorizationRequest,
  { query, csrf }: Pick<Asked, 'query' | 'csrf'>,
): FastifyReply {
  return sendPage(reply, words, {
    title: words.again,
    body: `${paragraph(words.againText(application.name))}<form method="post" action="/oauth/authorize">
${hidden('request', query)}${hidden('csrf_token', csrf)}${button(words.again, { value: 'sign-in-again', first: true })}</form>
`,
  })
}

/** Carries the answer in a form instead of an address (OAuth 2.0 Form Post Response Mode). */
export function sendFormPost(
  reply: FastifyReply,
  words: PageWords,
  redirectUri: string,
  fields: Readonly<Record<string, string>>,
): FastifyReply {
  const inputs = Object.entries(fields).map(([name, value]) => hidden(name, value))
  return sendPage(reply, words, {
    title: words.going,
    formsTo: targetOf(redirectUri),
    runsScript: true,
    body: `<form method="post" action="${escapedHtml(redirectUri)}">
${inputs.join('')}<button class="first">${escapedHtml(words.goOn)}</button></form>
`,
  })
}

export function sendSignOut(
  reply: FastifyReply,
  words: PageWords,
  {
    query,
    csrf,
    username,
    formsTo,
  }: Pick<Asked, 'query' | 'csrf' | 'username'> & { formsTo: string | undefined },
): FastifyReply {
  return sendPage(reply, words, {
    title: words.signOut,
    ...(formsTo === undefined ? {} : { formsTo: targetOf(formsTo) }),
    body: `${paragraph(words.signOutText(username))}<form method="post" action="/oauth/logout">
${hidden('request', query)}${hidden('csrf_token', csrf)}${button(words.signOut, { value: 'sign-out', first: true })}${button(words.stay, { value: 'stay' })}</form>
`,
  })
}

export function sendSignedOut(reply: FastifyReply, words: PageWords): FastifyReply {
  return sendPage(reply, words, { title: words.signedOut, body: paragraph(words.signedOutText) })
}

/** The origin, or the scheme of a native program: what a policy can name. */
function targetOf(uri: string): string {
  const { protocol, origin } = new URL(uri)
  return /^https?:$/.test(protocol) ? origin : protocol
}
