import type { FastifyReply } from 'fastify'
import { escapedHtml } from '../http/error-page.ts'
import { type AskingDevice, shownCode } from './device.ts'
import type { PageWords } from './page-words.ts'
import { button, hidden, paragraph, scopeItems, sendPage } from './pages.ts'
import type { AskedScope } from './request.ts'

/** Asks for the code that the device shows. @param refused what was typed, if no device shows it */
export function sendAsk(reply: FastifyReply, words: PageWords, refused?: string): FastifyReply {
  const value = refused === undefined ? '' : escapedHtml(refused.slice(0, 20))
  const invalid = refused === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'
  return sendPage(reply, words, {
    title: words.device,
    body: `${paragraph(words.deviceText)}<form method="get" action="/device">
<label>${escapedHtml(words.deviceCode)}<br>
<input name="user_code" value="${value}" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20"${invalid}></label>
${refused === undefined ? '' : `<p id="problem" class="problem" role="alert">${escapedHtml(words.deviceUnknown)}</p>\n`}<button class="first">${escapedHtml(words.goOn)}</button></form>
`,
  })
}

export function sendConsent(
  reply: FastifyReply,
  words: PageWords,
  { application: { name }, userCode }: AskingDevice,
  { csrf, username, scopes }: { csrf: string; username: string; scopes: readonly AskedScope[] },
): FastifyReply {
  const code = shownCode(userCode)
  return sendPage(reply, words, {
    title: words.ask(name),
    body: `${paragraph(words.deviceCheck)}<p class="code">${code}</p>
${paragraph(words.askText(name, username))}${scopeItems(words, scopes)}${paragraph(words.deviceBeware)}${paragraph(words.never)}<form method="post" action="/device">
${hidden('user_code', code)}${hidden('csrf_token', csrf)}${button(words.allow, { value: 'allow', first: true })}${button(words.deny, { value: 'deny' })}</form>
`,
  })
}

/** The role of the person may not use the application. */
export function sendRefused(
  reply: FastifyReply,
  words: PageWords,
  { application: { name } }: AskingDevice,
): FastifyReply {
  return sendPage(reply, words, {
    status: 403,
    title: words.deviceRefused(name),
    body: paragraph(words.deviceRefusedText),
  })
}

export function sendDecided(
  reply: FastifyReply,
  words: PageWords,
  { application: { name } }: AskingDevice,
  allows: boolean,
): FastifyReply {
  return allows
    ? sendPage(reply, words, { title: words.deviceAllowed(name), body: paragraph(words.deviceAllowedText) })
    : sendPage(reply, words, { title: words.deviceDenied, body: paragraph(words.deviceDeniedText) })
}
