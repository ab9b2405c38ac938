import {
  Button,
  NativeSelect,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Answer, User } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { patchOf } from '../diff/field-changes.tsx'
import { TheirChanges } from '../diff/their-changes.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { sessionKey } from '../session/ended-session.ts'
import { Page } from '../shell/page.tsx'
import { profileApiNames, profileLabels, profileValues, withProfile } from '../users/profile.ts'
import { MyApplications } from './my-applications.tsx'
import { Passkeys } from './passkeys.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondFactors } from './second-factors.tsx'
import { SessionList } from './session-list.tsx'

export function AccountPage() {
  // The form of the password needs it: the page waits for it once, as a whole.
  useCatalog()
  const read = useQuery({
    queryKey: ['me'],
    queryFn: () => comserv.me.get().withResponse(),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [isSaved, setSaved] = useState(false)
  return (
    <Page title={t('My account')} guide="authentication#people">
      <Reading query={read}>
        {(data) => (
          <>
            <Section title={t('Profile')} frame="below">
              <ProfileForm
                key={read.dataUpdatedAt}
                read={data}
                isSaved={isSaved}
                onSaved={() => setSaved(true)}
                onReload={() => void read.refetch()}
              />
            </Section>
            <Section title={t('Password')} frame="below">
              <PasswordForm />
            </Section>
            <Section title={t('Passkeys')} frame="below">
              <Passkeys />
            </Section>
            <Section title={t('Second step at the sign-in')} frame="below">
              <SecondFactors />
            </Section>
            <Section title={t('Theme')} frame="below">
              <ThemeChoice />
            </Section>
            <Section title={t('Personal data')} frame="below">
              <Button component="a" href="/api/v1/me/personal-data" download variant="default">
                {t('Download my data')}
              </Button>
            </Section>
            <Section title={t('Where I am signed in')}>
              <SessionList
                label={t('My sessions')}
                queryKey={['me', 'sessions']}
                fetch={comserv.me.sessions}
                end={comserv.me.endSession}
                empty={null}
              />
            </Section>
            <Section title={t('Applications with access')} frame="below">
              <MyApplications />
            </Section>
          </>
        )}
      </Reading>
    </Page>
  )
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <NativeSelect
      label={t('Light or dark')}
      maw={260}
      value={colorScheme}
      onChange={(event) => setColorScheme(event.currentTarget.value as 'auto')}
      data={[
        { value: 'auto', label: t('Same as the system') },
        { value: 'light', label: t('Light') },
        { value: 'dark', label: t('Dark') },
      ]}
    />
  )
}

const valuesOf = (user: User) => ({ email: user.email, ...profileValues(user) })

interface ProfileProps {
  read: Answer<User>
  isSaved: boolean
  onSaved(): void
  onReload(): void
}

function ProfileForm({ read: { data: user, etag }, isSaved, onSaved, onReload }: ProfileProps) {
  const queryClient = useQueryClient()
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: valuesOf(user),
    send: (values, { anyway }) =>
      comserv.me.update(withProfile(patchOf(valuesOf(user), values)), {
        ifMatch: anyway ? undefined : etag,
      }),
    onDone: async () => {
      unsaved.release()
      await queryClient.invalidateQueries({ queryKey: ['me'] })
      void queryClient.invalidateQueries({ queryKey: sessionKey })
      onSaved()
    },
    apiNames: profileApiNames,
  })
  const unsaved = useUnsaved(form.isDirty())
  return (
    <form onSubmit={onSubmit}>
      {unsaved.question}
      <Stack>
        <TextInput
          label={t('Email')}
          type="email"
          autoComplete="email"
          required
          {...form.getInputProps('email')}
        />
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput
            label={t('First name')}
            autoComplete="given-name"
            {...form.getInputProps('first_name')}
          />
          <TextInput label={t('Last name')} autoComplete="family-name" {...form.getInputProps('last_name')} />
          <TextInput label={t('Phone')} type="tel" autoComplete="tel" {...form.getInputProps('phone')} />
        </SimpleGrid>
        <Textarea label={t('About me')} autosize minRows={2} {...form.getInputProps('bio')} />
        <FormEnd
          verb={t('Save profile')}
          isPending={isPending}
          problem={problem}
          said={isSaved && !form.isDirty() ? t('Your profile was saved.') : ''}
          meanwhile={
            <ChangedMeanwhile what={t('your profile')} onLoad={onReload} onSaveAnyway={submitAnyway}>
              <TheirChanges
                queryKey={['me', 'theirs']}
                before={valuesOf(user)}
                read={async () => valuesOf(await comserv.me.get())}
                labels={{ email: t('Email'), ...profileLabels }}
              />
            </ChangedMeanwhile>
          }
        />
      </Stack>
    </form>
  )
}
