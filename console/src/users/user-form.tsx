import { Fieldset, NativeSelect, PasswordInput, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import type { Role, User, UserStatus } from 'comserv'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { useMay } from '../session/use-session.ts'

export interface UserInput {
  username: string
  email: string
  password?: string
  role: Role
  status: UserStatus
  profile: Record<'first_name' | 'last_name' | 'phone' | 'bio', string | null>
}

interface Props<R> {
  /** What it is now; a new one without. */
  user?: User
  verb: string
  send(input: UserInput): Promise<R>
  onDone(result: R): void
  onCancel(): void
}

const roles = [
  { value: 'admin', label: 'admin: everything' },
  { value: 'developer', label: 'developer: own keys and webhooks, reads users and documents' },
  { value: 'editor', label: 'editor: documents, reads users' },
  { value: 'normal', label: 'normal: own profile, published documents' },
]

/** The API's names of the fields within the profile. */
const apiNames = {
  'profile.first_name': 'first_name',
  'profile.last_name': 'last_name',
  'profile.phone': 'phone',
  'profile.bio': 'bio',
} as const

export function UserForm<R>({ user, verb, send, onDone, onCancel }: Props<R>) {
  const may = useMay()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      username: user?.username ?? '',
      email: user?.email ?? '',
      password: '',
      role: (user?.role ?? 'normal') as Role,
      status: (user?.status ?? 'active') as UserStatus,
      first_name: user?.profile.first_name ?? '',
      last_name: user?.profile.last_name ?? '',
      phone: user?.profile.phone ?? '',
      bio: user?.profile.bio ?? '',
    },
    send: (values) => send(toInput(values)),
    onDone,
    apiNames,
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Username"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps('username')}
          />
          <TextInput
            label="Email"
            type="email"
            autoComplete="off"
            required
            withAsterisk={false}
            {...form.getInputProps('email')}
          />
          <NativeSelect
            label="Role"
            description={may('admin') ? undefined : 'Only an administrator changes roles.'}
            disabled={!may('admin')}
            data={roles}
            {...form.getInputProps('role')}
          />
          <NativeSelect
            label="Status"
            data={[
              { value: 'active', label: 'active' },
              { value: 'inactive', label: 'inactive: cannot sign in' },
              { value: 'suspended', label: 'suspended: cannot sign in' },
            ]}
            {...form.getInputProps('status')}
          />
        </SimpleGrid>
        <PasswordInput
          label={user ? 'New password' : 'Password'}
          description={
            user ? 'Empty: it stays. A new one ends all sessions of the user.' : 'At least 8 characters'
          }
          autoComplete="new-password"
          required={!user}
          withAsterisk={false}
          maw={360}
          {...form.getInputProps('password')}
        />
        <Fieldset legend="Profile" variant="unstyled">
          <Stack>
            <SimpleGrid cols={{ base: 1, sm: 3 }}>
              <TextInput label="First name" {...form.getInputProps('first_name')} />
              <TextInput label="Last name" {...form.getInputProps('last_name')} />
              <TextInput label="Phone" type="tel" {...form.getInputProps('phone')} />
            </SimpleGrid>
            <Textarea label="About" autosize minRows={2} {...form.getInputProps('bio')} />
          </Stack>
        </Fieldset>
        <FormEnd verb={verb} isPending={isPending} problem={problem} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

interface Values {
  username: string
  email: string
  password: string
  role: Role
  status: UserStatus
  first_name: string
  last_name: string
  phone: string
  bio: string
}

function toInput({
  username,
  email,
  password,
  role,
  status,
  first_name,
  last_name,
  phone,
  bio,
}: Values): UserInput {
  const orNull = (text: string) => (text === '' ? null : text)
  return {
    username,
    email,
    ...(password ? { password } : {}),
    role,
    status,
    profile: {
      first_name: orNull(first_name),
      last_name: orNull(last_name),
      phone: orNull(phone),
      bio: orNull(bio),
    },
  }
}
