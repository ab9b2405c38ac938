import { Group, NativeSelect, PasswordInput, Radio, Stack, Textarea, TextInput, Title } from '@mantine/core'
import type { Role, User, UserStatus } from 'comserv'
import type { ReactNode } from 'react'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { roles, userStatuses } from './words.ts'

export interface UserValues extends Record<string, unknown> {
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

interface Props<R> {
  /** Who it is now; a new one without. */
  user?: User
  verb: string
  /** @param anyway also over what somebody else has saved in the meantime */
  send(values: UserValues, anyway: boolean): Promise<R>
  onDone(result: R): void
  onCancel(): void
  /** What to show when somebody else was faster. */
  meanwhile?: (saveAnyway: () => void) => ReactNode
}

export function UserForm<R>({ user, verb, send, onDone, onCancel, meanwhile }: Props<R>) {
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: valuesOf(user),
    send: (values, { anyway }) => send(values, anyway),
    onDone: (result) => {
      unsaved.release()
      onDone(result)
    },
    apiNames: {
      'profile.first_name': 'first_name',
      'profile.last_name': 'last_name',
      'profile.phone': 'phone',
      'profile.bio': 'bio',
    },
  })
  const unsaved = useUnsaved(form.isDirty())
  return (
    <form onSubmit={onSubmit}>
      {unsaved.question}
      <Stack gap="lg">
        <TextInput
          label="Username"
          required
          withAsterisk={false}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          maw={460}
          {...form.getInputProps('username')}
        />
        <TextInput
          label="Email"
          type="email"
          required
          withAsterisk={false}
          autoComplete="off"
          maw={460}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={user ? 'New password' : 'Password'}
          description={
            user
              ? 'Leave it empty to keep the present one. A new one signs them out everywhere.'
              : 'At least 8 characters. They can change it under My account.'
          }
          required={!user}
          withAsterisk={false}
          autoComplete="new-password"
          maw={460}
          {...form.getInputProps('password')}
        />
        <Radio.Group label="Role" {...form.getInputProps('role')}>
          <Stack gap={8} mt={6}>
            {roles.map(({ value, label, explains }) => (
              <Radio key={value} value={value} label={label} description={explains} />
            ))}
          </Stack>
        </Radio.Group>
        <NativeSelect
          label="Status"
          description="Only active users can sign in, and only their keys work."
          data={userStatuses}
          maw={460}
          {...form.getInputProps('status')}
        />
        <ProfileFields form={form} />
        <FormEnd
          verb={verb}
          isPending={isPending}
          problem={problem}
          onCancel={onCancel}
          meanwhile={meanwhile?.(submitAnyway)}
        />
      </Stack>
    </form>
  )
}

function ProfileFields({ form }: { form: { getInputProps(name: string): object } }) {
  return (
    <section aria-labelledby="profile">
      <Title order={2} size="h4" id="profile" mb="sm">
        Profile
      </Title>
      <Stack gap="md">
        <Group grow align="flex-start" maw={720} className="pair">
          <TextInput label="First name" {...form.getInputProps('first_name')} />
          <TextInput label="Last name" {...form.getInputProps('last_name')} />
        </Group>
        <TextInput label="Phone" type="tel" maw={460} {...form.getInputProps('phone')} />
        <Textarea label="About" autosize minRows={2} maw={720} {...form.getInputProps('bio')} />
      </Stack>
    </section>
  )
}

export function valuesOf(user?: User): UserValues {
  const { first_name, last_name, phone, bio } = user?.profile ?? {}
  return {
    username: user?.username ?? '',
    email: user?.email ?? '',
    password: '',
    // A role of a later server is not offered here; it stays unless another one is chosen.
    role: (user?.role as Role | undefined) ?? 'normal',
    status: user?.status ?? 'active',
    first_name: first_name ?? '',
    last_name: last_name ?? '',
    phone: phone ?? '',
    bio: bio ?? '',
  }
}
