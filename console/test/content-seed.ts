import { type ConsoleServer, password } from './console-server.ts'

const people = [
  ['admin', 'admin', 'Ada', 'Minister'],
  ['editor', 'johndoe', 'John', 'Doe'],
  ['developer', 'grace', 'Grace', 'Hopper'],
  ['normal', 'newuser', 'New', 'User'],
] as const

/** One person of each role, 21 more who never signed in, and 24 documents, every fourth of them a draft. */
export async function seedContent({ call }: ConsoleServer): Promise<void> {
  for (const [role, username, first_name, last_name] of people) {
    const profile = { first_name, last_name, phone: '+1234567890', bio: 'Member since the beginning.' }
    await call('POST', '/api/v1/users', {
      username,
      email: `${username}@example.org`,
      password,
      role,
      profile,
    })
  }
  const author_id = await idOf('johndoe')
  await batch('users', 21, (i) => ({
    username: `member${i}`,
    email: `member${i}@example.org`,
    password,
    role: 'normal',
    status: i % 7 === 0 ? 'suspended' : 'active',
  }))
  await batch('documents', 24, (i) => ({
    title: i % 3 === 0 ? `New Policy Document ${i}` : `Annual Report ${2000 + i}`,
    category: i % 3 === 0 ? 'policies' : 'reports',
    status: i % 4 === 0 ? 'draft' : 'published',
    author_id,
    content: `# Report ${i}\n\nWhat happened, and **why**.\n\n- one\n- two\n\n> A quotation.\n`,
  }))

  async function batch(name: string, count: number, resourceOf: (i: number) => object): Promise<void> {
    const items = Array.from({ length: count }, (_, i) => ({ action: 'create', data: resourceOf(i + 1) }))
    await call('POST', `/api/v1/${name}/batch?atomic=true`, { items })
  }

  async function idOf(username: string): Promise<number> {
    return (await call('GET', `/api/v1/users?q=${username}`)).body.data[0].id
  }
}
