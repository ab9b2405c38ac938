import type { DocumentCreate } from '../documents/schema.ts'
import { dayMs, fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { departments, type SampleUser, timeOfDayMs } from './users.ts'

export interface SampleDocument extends Required<Pick<DocumentCreate, 'title' | 'category' | 'content'>> {
  author_id: number
  created_at: string
  /** Null for drafts. */
  published_at: string | null
  /** Null while it is not archived. */
  archived_at: string | null
}

export const sampleDocumentCount = 156

/** The documents of a small organisation, in order of creation. Every call returns the same. */
export function sampleDocuments(users: readonly SampleUser[]): SampleDocument[] {
  return Array.from({ length: sampleDocumentCount }, (_, i) => documentNumber(i, users))
}

function documentNumber(i: number, users: readonly SampleUser[]): SampleDocument {
  const category = categories[i % categories.length] ?? 'reports'
  const morningMs = firstMorningMs + dayNumber(i) * dayMs
  const createdAtMs = morningMs + timeOfDayMs(i)
  const publishedAtMs = morningMs + (1 + (i % 5)) * dayMs + timeOfDayMs(i + 4)
  const isDraft = i % 6 === 4
  const isArchived = !isDraft && i % 8 === 5 && i < 130
  const known = fromTheDocumentation[i + 1]
  const title = known?.title ?? titles[category](countBefore(i, category), createdAtMs)
  return {
    title,
    category,
    content: contentOf(title, category, i),
    author_id: authorAt(createdAtMs, users, i),
    created_at: toTimestamp(createdAtMs),
    published_at: isDraft ? null : toTimestamp(publishedAtMs),
    archived_at: isArchived ? toTimestamp(publishedAtMs + 180 * dayMs) : null,
    ...known,
  }
}

/** The examples of the documentation page: its first document, and the one of its webhook example. */
const fromTheDocumentation: Readonly<Record<number, Partial<SampleDocument>>> = {
  1: {
    title: 'Annual Report 2023',
    author_id: 5,
    created_at: '2023-03-15T08:30:00Z',
    published_at: '2023-03-16T14:22:10Z',
    archived_at: null,
  },
  42: {
    title: 'New Policy Document',
    author_id: 5,
    published_at: '2023-05-21T15:32:10Z',
    archived_at: null,
  },
}

/** Picks a writer who had joined by then. */
function authorAt(atMs: number, users: readonly SampleUser[], i: number): number {
  const authors = users.flatMap(({ role, status, created_at }, index) =>
    role !== 'normal' && status === 'active' && fromTimestamp(created_at) < atMs ? [index + 1] : [],
  )
  return pick(authors, i * 7)
}

const firstMorningMs = fromTimestamp('2023-03-15T08:30:00Z')

/** Close together while the organisation moves in, then about one a week. */
function dayNumber(i: number): number {
  return i < 42 ? Math.floor(i * 1.6) : 67 + (i - 42) * 8
}

/** The number of earlier documents in the same category. */
function countBefore(i: number, category: Category): number {
  const inOneRound = categories.filter((name) => name === category).length
  const inThisRound = categories.slice(0, i % categories.length).filter((name) => name === category).length
  return Math.floor(i / categories.length) * inOneRound + inThisRound
}

type Category = 'reports' | 'policies' | 'minutes' | 'guides' | 'contracts' | 'announcements'

/** A cycle of thirteen, repeated. */
const categories: readonly Category[] = [
  'reports',
  'minutes',
  'policies',
  'guides',
  'announcements',
  'reports',
  'minutes',
  'policies',
  'guides',
  'contracts',
  'announcements',
  'minutes',
  'reports',
]

const titles: Record<Category, (n: number, atMs: number) => string> = {
  reports: (n, atMs) => `${pick(reportSubjects, n)} Report, ${monthOf(atMs)}`,
  minutes: (n, atMs) => `${pick(committees, n)} Minutes, ${dayOf(atMs)}`,
  policies: (n) => `${pick(policySubjects, n)} Policy`,
  guides: (n) => `${pick(guideSubjects, n)}: a Guide`,
  contracts: (n) => `${pick(contractSubjects, n)} Agreement`,
  announcements: (n, atMs) => `${pick(announcements, n)}, ${monthOf(atMs)}`,
}

function contentOf(title: string, category: Category, i: number): string {
  const department = pick(departments, i)
  return `# ${title}

Prepared by ${department}. ${pick(purposes[category], i)}

## Next steps

- ${pick(nextSteps, i)}
- ${pick(nextSteps, i + 3)}
`
}

const reportSubjects = ['Quarterly Finance', 'Membership', 'Service Quality', 'Research', 'Facilities']
const committees = ['Board', 'Finance Committee', 'Editorial Board', 'Safety Committee']
const policySubjects = (
  'Data Protection, Remote Work, Travel and Expenses, Information Security, Procurement, Records Retention, ' +
  'Volunteer, Equal Opportunity, Whistleblowing, Acceptable Use, Conflict of Interest, Sick Leave, Recruitment, ' +
  'Complaints, Health and Safety, Social Media, Reserves, Accessibility, Environmental, Training, Parental Leave, ' +
  'Intellectual Property, Risk Management, Visitor'
).split(', ')
const guideSubjects = (
  'Getting Started, Writing for the Website, Booking Meeting Rooms, Filing Expenses, Running an Event, ' +
  'Using the Archive, Onboarding a Colleague, Preparing a Budget, Taking Minutes, Publishing a Report, ' +
  'Answering Members, Handling Personal Data, Ordering Supplies, Planning a Project, Reviewing a Contract, ' +
  'Working from Home, Giving a Presentation, Managing Volunteers, Using Two-Factor Sign-In, Closing the Month, ' +
  'Naming Files, Reporting an Incident, Keeping a Calendar, Leaving the Organisation'
).split(', ')
const contractSubjects = (
  'Office Lease, Cleaning Services, Payroll Services, Printing, Catering, Web Hosting, Insurance, Internet Access, ' +
  'Translation Services, Audit Services, Vehicle Hire, Security Services'
).split(', ')
const announcements = ['Staff Newsletter', 'Office Opening Hours', 'New Colleagues', 'Planned Maintenance']

const purposes: Record<Category, readonly string[]> = {
  reports: ['It compares the figures with those of the period before.', 'All figures are final and audited.'],
  minutes: ['All members were present.', 'Two members sent their apologies.', 'The minutes were approved.'],
  policies: ['It applies to everybody who works here.', 'It replaces the version of the year before.'],
  guides: ['It takes about ten minutes to read.', 'It is meant for new colleagues.'],
  contracts: ['It runs for two years and renews itself.', 'It can be ended with three months of notice.'],
  announcements: ['Please pass it on.', 'Questions go to the front desk.'],
}
const nextSteps = [
  'Share it with the teams concerned',
  'Collect remarks until the end of the month',
  'Review it again in a year',
  'Translate the summary',
  'Add it to the archive',
]

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T
}

function monthOf(atMs: number): string {
  return new Date(atMs).toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
}

function dayOf(atMs: number): string {
  return new Date(atMs).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}
