import {
  Loader,
  NativeSelect,
  Paper,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  Title,
  useMantineColorScheme,
} from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { sessionKey } from '../session/ended-session.ts'
import { Page } from '../shell/page.tsx'
import { MySessions } from './my-sessions.tsx'
import { PasswordForm } from './password-form.tsx'

export function AccountPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ['me'],
    queryFn: () => comserv.me.get().withResponse(),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [isSaved, setSaved] = useState(false)
  return (
    <Page title="My account" guide="authentication#people">
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <Section title="Profile">
          <ProfileForm
            key={data.etag}
            user={data.data}
            etag={data.etag}
            isSaved={isSaved}
            onSaved={() => setSaved(true)}
          />
        </Section>
      )}
      <Section title="Password">
        <PasswordForm />
      </Section>
      <Section title="Theme">
        <ThemeChoice />
      </Section>
      <section>
        <Title order={2} size="h4" mb="xs">
          Where I am signed in
        </Title>
        <MySessions />
      </section>
    </Page>
  )
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      <Paper withBorder p="lg">
        {children}
      </Paper>
    </section>
  )
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <NativeSelect
      label="Light or dark"
      maw={260}
      value={colorScheme}
      onChange={(event) => setColorScheme(event.currentTarget.value as 'auto')}
      data={[
        { value: 'auto', label: 'As the computer has it' },
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
      ]}
    />
  )
}

const apiNames = {
  'profile.first_name': 'first_name',
  'profile.last_name': 'last_name',
  'profile.phone': 'phone',
  'profile.bio': 'bio',
} as const

interface ProfileProps {
  user: User
  etag: string | undefined
  isSaved: boolean
  onSaved(): void
}

function ProfileForm({ user, etag, isSaved, onSaved }: ProfileProps) {
  const queryClient = useQueryClient()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      email: user.email,
      first_name: user.profile.first_name ?? '',
      last_name: user.profile.last_name ?? '',
      phone: user.profile.phone ?? '',
      bio: user.profile.bio ?? '',
    },
    send: ({ email, ...profile }) =>
      comserv.me.update(
        {
          email,
          profile: {
            first_name: profile.first_name || null,
            last_name: profile.last_name || null,
            phone: profile.phone || null,
            bio: profile.bio || null,
          },
        },
        { ifMatch: etag },
      ),
    onDone: async () => {
      await queryClient.invalidateQueries({ queryKey: ['me'] })
      void queryClient.invalidateQueries({ queryKey: sessionKey })
      onSaved()
    },
    apiNames,
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <TextInput
          label="Email"
          type="email"
          autoComplete="email"
          required
          withAsterisk={false}
          {...form.getInputProps('email')}
        />
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput label="First name" autoComplete="given-name" {...form.getInputProps('first_name')} />
          <TextInput label="Last name" autoComplete="family-name" {...form.getInputProps('last_name')} />
          <TextInput label="Phone" type="tel" autoComplete="tel" {...form.getInputProps('phone')} />
        </SimpleGrid>
        <Textarea label="About me" autosize minRows={2} {...form.getInputProps('bio')} />
        <FormEnd
          verb="Save profile"
          isPending={isPending}
          problem={problem}
          said={isSaved && !form.isDirty() ? 'Your profile was saved.' : ''}
        />
      </Stack>
    </form>
  )
}
