import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MailLanguage, mailLanguages } from '../config/mail.ts'
import { escapedHtml } from '../http/error-page.ts'
import { CommandError } from '../lib/command-error.ts'
import { commonValues, type MailKind, mailKindNames, mailKinds, multiLine } from './kinds.ts'

export interface Rendered {
  subject: string
  text: string
  html: string
}

export type MailValues = Readonly<Record<string, string>>

/** Templates of all kinds and languages: read once, at startup. */
export type Templates = (kind: MailKind, language: MailLanguage, values: MailValues) => Rendered

const builtIn = join(import.meta.dirname, 'templates')
const layoutName = 'layout.html'
const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g
const subjectLine = /^Subject: (.+)\r?\n\r?\n/

/**
 * Reads `LANGUAGE/KIND.txt`, whose first line is the subject, `LANGUAGE/KIND.html` and the `layout.html` around it, from
 * the folder of the operator, and whatever that lacks from the server.
 * @throws CommandError that names the file
 */
export function readTemplates(folder: string | undefined): Templates {
  if (folder !== undefined) requireKnownFiles(folder)
  const read = (language: MailLanguage, file: string) => {
    const own = folder === undefined ? undefined : join(folder, language, file)
    const path = own !== undefined && existsSync(own) ? own : join(builtIn, language, file)
    return { path, text: readText(path) }
  }
  const all = new Map<string, Rendered>()
  for (const language of mailLanguages) {
    const layout = read(language, layoutName)
    requireValues(layout, [...commonValues, 'content'])
    for (const kind of mailKindNames) {
      const text = read(language, `${kind}.txt`)
      const html = read(language, `${kind}.html`)
      for (const file of [text, html]) requireValues(file, [...commonValues, ...mailKinds[kind]])
      const subject = subjectLine.exec(text.text)?.[1]
      if (subject === undefined)
        throw new CommandError(`${text.path} must begin with a line 'Subject: …' and an empty line.`)
      all.set(`${language}/${kind}`, {
        subject,
        text: text.text.replace(subjectLine, ''),
        // Not by a text as the replacement, in which a $ would have a meaning.
        html: layout.text.replace(/\{\{\s*content\s*\}\}/, () => html.text),
      })
    }
  }
  return (kind, language, values) => {
    const { subject, text, html } = all.get(`${language}/${kind}`) as Rendered
    return {
      subject: filled(subject, values, oneLine),
      text: filled(text, values, inText),
      html: filled(html, values, (value, name) => escapedHtml(inText(value, name)).replaceAll('\n', '<br>')),
    }
  }
}

function filled(
  template: string,
  values: MailValues,
  written: (value: string, name: string) => string,
): string {
  return template.replace(placeholder, (_, name: string) => written(values[name] ?? '', name))
}

/** A value never starts a line: it could look like a part of the mail. */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

/** What a rule says may have several lines. */
function inText(value: string, name: string): string {
  return multiLine.includes(name) ? value.split(/\r?\n/).map(oneLine).join('\n') : oneLine(value)
}

function requireValues({ path, text }: { path: string; text: string }, known: readonly string[]): void {
  const unknown = [...text.matchAll(placeholder)].find(([, name]) => !known.includes(name ?? ''))
  if (!unknown) return
  const line = text.slice(0, unknown.index).split('\n').length
  throw new CommandError(
    `${path}, line ${line}: there is no value '${unknown[1]}'; the template may use ${known.map((name) => `{{${name}}}`).join(', ')}.`,
  )
}

/** A misspelt name would silently leave the mail as it was. */
function requireKnownFiles(folder: string): void {
  const known = [layoutName, ...mailKindNames.flatMap((kind) => [`${kind}.txt`, `${kind}.html`])]
  for (const language of namesIn(folder)) {
    if (!mailLanguages.some((name) => name === language))
      throw new CommandError(
        `COMSERV_MAIL_TEMPLATES_DIR holds '${language}'; it may hold the folders ${mailLanguages.join(' and ')}.`,
      )
    const unknown = namesIn(join(folder, language)).find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new CommandError(
        `COMSERV_MAIL_TEMPLATES_DIR holds '${language}/${unknown}', which is no template; the templates are ${known.join(', ')}.`,
      )
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'))
  } catch (error) {
    throw unreadable(folder, error)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): CommandError {
  return new CommandError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
}
