import { extension } from 'comserv-server/extension'

interface Rule {
  /** A regular expression for the title, and what to say where it does not match. */
  title?: { pattern: RegExp; hint: string }
  /** A published document has at least this many characters. */
  contentMin?: number
}

/** What documents of a category must be. */
const rules: Readonly<Record<string, Rule>> = {
  policies: {
    title: { pattern: /^POL-\d{3} /, hint: "begin with a number, such as 'POL-012 Travel expenses'" },
    contentMin: 100,
  },
  minutes: { title: { pattern: /\b\d{4}-\d{2}-\d{2}\b/, hint: 'hold the date, such as 2026-03-31' } },
}

interface Sent {
  title?: string
  category?: string
  content?: string
  status?: string
}

/** @returns the first rule that a document would break */
function problemOf({ title = '', category = '', content = '', status }: Sent): string | undefined {
  const rule = rules[category]
  if (rule?.title && !rule.title.pattern.test(title))
    return `The title of a document in '${category}' has to ${rule.title.hint}.`
  if (rule?.contentMin && status === 'published' && content.length < rule.contentMin)
    return `A document in '${category}' needs at least ${rule.contentMin} characters before it is published.`
  return undefined
}

export default extension({
  name: 'documentrules',
  about: 'Rules for documents, by their category',
  before: {
    'document.create'({ input, refuse }) {
      input.title = input.title.trim()
      const problem = problemOf(input)
      if (problem) refuse(problem)
    },
    'document.update'({ input, record, refuse }) {
      const problem = problemOf({ ...record, ...input })
      if (problem) refuse(problem)
    },
  },
})
