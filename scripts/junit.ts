import { XMLParser } from 'fast-xml-parser'

/** One test of a report. */
export interface TestCase {
  name: string
  /** Its class or file. */
  place: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What failed, or why it was skipped. */
  text: string
}

interface Element {
  name?: string
  class?: string
  classname?: string
  testsuite?: readonly Element[]
  testcase?: readonly Element[]
  failure?: readonly Note[]
  error?: readonly Note[]
  skipped?: readonly Note[]
}

/** The content of a test: text alone, or with attributes. */
type Note = string | { message?: string; '#text'?: string }

const listed = new Set(['testsuite', 'testcase', 'failure', 'error', 'skipped'])

/** The tests of a JUnit report, as pytest and PHPUnit write it, in order. */
export function testCasesOf(report: string): TestCase[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    isArray: (name) => listed.has(name),
    // Failure texts are full of entities; the limits are meant for untrusted documents.
    processEntities: { enabled: true, maxTotalExpansions: 10_000_000, maxExpandedLength: 100_000_000 },
  })
  const document: { testsuites?: Element } & Element = parser.parse(report)
  return casesIn(document.testsuites ?? document)
}

function casesIn({ testsuite = [], testcase = [] }: Element): TestCase[] {
  return [...testcase.map(caseOf), ...testsuite.flatMap(casesIn)]
}

function caseOf({ name = '', class: className, classname, failure, error, skipped }: Element): TestCase {
  const place = className ?? classname ?? ''
  const wrong = [...(failure ?? []), ...(error ?? [])]
  if (wrong.length > 0) return { name, place, outcome: 'failed', text: wrong.map(failureText).join('\n') }
  const [reason] = skipped ?? []
  if (reason === undefined) return { name, place, outcome: 'passed', text: '' }
  return {
    name,
    place,
    outcome: 'skipped',
    text: typeof reason === 'string' ? reason : (reason.message ?? ''),
  }
}

function failureText(note: Note): string {
  return typeof note === 'string' ? note : (note['#text'] ?? note.message ?? '')
}
