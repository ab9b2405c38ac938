import type { BuiltInRole } from '../access/roles.ts'
import { dayMs, fromTimestamp, hourMs, minuteMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import type { UserCreate, UserStatus } from '../users/schema.ts'

export interface SampleUser extends Omit<UserCreate, 'password'> {
  role: BuiltInRole
  status: UserStatus
  created_at: string
  last_login: string | null
}

export const sampleUserCount = 98
/** The account to sign in with; the second user, because the first is that of the documentation page. */
export const administrator = 'admin'

/** The people of a small organisation, in the order in which they joined. Every call returns the same. */
export function sampleUsers(): SampleUser[] {
  return Array.from({ length: sampleUserCount }, (_, i) => userNumber(i))
}

function userNumber(i: number): SampleUser {
  if (i === 0) return johnDoe
  // The lengths of the lists are coprime, so that no pair of names repeats.
  const first = firstNames[i % firstNames.length] ?? ''
  const last = lastNames[(i * 3) % lastNames.length] ?? ''
  const username = i === 1 ? administrator : asciiOf(`${first}.${last}`)
  const role = roleOf(i)
  const status = statusOf(i)
  const createdAtMs = joinedAtMs(i)
  return {
    username,
    email: `${username}@example.org`,
    role,
    status,
    profile: {
      first_name: first,
      last_name: last,
      ...(i % 3 === 0 ? {} : { phone: `+1202555${String(100 + i).padStart(4, '0')}` }),
      bio: `${jobs[role][i % jobs[role].length]}, ${departments[i % departments.length]}`,
    },
    created_at: toTimestamp(createdAtMs),
    last_login: lastLoginOf(i, status, createdAtMs),
  }
}

/** The user with id 1 of the documentation page. */
const johnDoe: SampleUser = {
  username: 'johndoe',
  email: 'johndoe@example.org',
  role: 'editor',
  status: 'active',
  profile: {
    first_name: 'John',
    last_name: 'Doe',
    phone: '+1234567890',
    bio: 'System editor and content manager',
  },
  created_at: '2023-01-15T08:30:00Z',
  last_login: '2023-05-20T14:22:10Z',
}

/** Of ten people, about six use the system, two or three write, and one programs. */
function roleOf(i: number): BuiltInRole {
  if (i === 1 || i === 40 || i === 75) return 'admin'
  if (i === 4 || i % 4 === 2) return 'editor'
  return i % 9 === 3 ? 'developer' : 'normal'
}

/** Administrators and the first few stay active, so that somebody can sign in and write. */
function statusOf(i: number): UserStatus {
  if (i < 10 || roleOf(i) === 'admin') return 'active'
  if (i % 29 === 0) return 'suspended'
  return i % 11 === 7 ? 'inactive' : 'active'
}

/** Later ids join later, one person a day. */
function joinedAtMs(i: number): number {
  const day = Math.floor(i * 1.28)
  return fromTimestamp('2023-01-15T08:30:00Z') + day * dayMs + timeOfDayMs(i)
}

function lastLoginOf(i: number, status: UserStatus, createdAtMs: number): string | null {
  if (status === 'active' && i % 13 === 5) return null
  const leftAfterDays = 30 + ((i * 17) % 200)
  if (status !== 'active') return toTimestamp(createdAtMs + leftAfterDays * dayMs + timeOfDayMs(i + 3))
  return toTimestamp(fromTimestamp('2025-12-01T08:00:00Z') - ((i * 37) % 120) * dayMs + timeOfDayMs(i + 5))
}

/** Zero to nine hours, different for neighbours. */
export function timeOfDayMs(i: number): number {
  return ((i * 5) % 9) * hourMs + ((i * 17) % 60) * minuteMs + ((i * 23) % 60) * secondMs
}

function asciiOf(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z.]/g, '')
    .toLowerCase()
}

export const departments = [
  'Operations',
  'Finance',
  'Member Services',
  'Communications',
  'Research',
  'Facilities',
  'Legal',
] as const

const jobs: Record<BuiltInRole, readonly string[]> = {
  admin: ['System administrator'],
  developer: ['Integration developer', 'Data engineer'],
  editor: ['Content editor', 'Technical writer', 'Records manager'],
  normal: ['Coordinator', 'Analyst', 'Assistant', 'Project lead', 'Specialist'],
}

const firstNames = (
  'Ada Alex Maria Samuel Ingrid Wei Fatima Diego Priya Tomasz Aisha Lukas Chloé Kwame Hana Oliver Zeynep ' +
  'Mateo Nadia Erik Leila Andrés Mei Jonas Amara Pavel Sofia Ravi Elena Hugo Yuki Daniel Noor Gabriel Astrid ' +
  'Omar Beatriz Liam Thandi Victor Anika Marcel Rosa Kofi Julia Nils Farah'
).split(' ')

const lastNames = (
  'Okafor Morgan Silva Lindqvist Chen Haddad Ramírez Nair Kowalski Diallo Weber Laurent Mensah Novák Brooks ' +
  'Demir Rossi Petrov Hansen Rahimi Ortega Tan Schmidt Eze Sorokin Fischer Patel Popescu Martin Sato Walker ' +
  'Aziz Costa Berg Farouk Moreira Byrne Dlamini Ivanova Gupta Keller Serrano Boateng'
).split(' ')
