import { Group, NativeSelect, PasswordInput, Radio, Stack, Textarea, TextInput, Title } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { User, UserCreate, UserStatus, UserUpdate } from 'comserv'
import { useCatalog, useRoleLabel } from '../catalog/use-catalog.ts'
import { patchOf } from '../diff/field-changes.tsx'
import { described } from '../i18n/descriptions.ts'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { useSignedIn } from '../session/use-session.ts'
import { EntryField, Invitation, invited } from './invite-user.tsx'
import { profileApiNames, profileLabels, profileValues, withProfile } from './profile.ts'
import { users } from './users.ts'
import { WhatStops } from './what-stops.tsx'
import { userStatuses } from './words.ts'

type UserValues = {
  username: string
  email: string
  /** How a new user gets a password: `invite` or `password`. */
  entry: string
  password: string
  role: string
  status: UserStatus
  first_name: string
  last_name: string
  phone: string
  bio: string
}

const userForm: FormOf<User, UserValues, UserCreate, UserUpdate> = {
  valuesOf,
  Fields: UserFields,
  createInput: ({ entry, password, ...values }) => ({
    ...withProfile(values),
    ...(entry === 'invite' ? { invite: true } : { password }),
  }),
  updateInput: (before, values) => withProfile(patchOf(valuesOf(before), values)),
  labels: {
    username: t('Username'),
    email: t('Email'),
    role: t('Role'),
    status: t('Status'),
    ...profileLabels,
  },
  shown: valuesOf,
  apiNames: profileApiNames,
}

export function NewUserPage() {
  const { sends_mail } = useCatalog()
  const newUserForm: typeof userForm = {
    ...userForm,
    valuesOf: () => ({ ...valuesOf(), entry: sends_mail ? 'invite' : 'password' }),
  }
  return (
    <NewPage
      kind={invited}
      title={t('New user')}
      secret={{
        title: t('Hand over this link'),
        isIn: ({ link }) => link !== undefined,
        show: (made, onDone) => <Invitation link={made.link ?? ''} onDone={onDone} />,
      }}
    >
      {(creating) => <NewForm kind={invited} of={newUserForm} verb={t('Create user')} {...creating} />}
    </NewPage>
  )
}

export function EditUserPage() {
  return (
    <EditPage kind={users} guide="users#change">
      {(editing) => <EditForm kind={users} of={userForm} {...editing} />}
    </EditPage>
  )
}

type Form = UseFormReturnType<UserValues>

function UserFields({ form, record }: { form: Form; record?: User | undefined }) {
  // The role with the fewest scopes comes first.
  const { roles } = useCatalog()
  const labelOfRole = useRoleLabel()
  return (
    <>
      <TextInput
        label={t('Username')}
        required
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maw={460}
        {...form.getInputProps('username')}
      />
      <TextInput
        label={t('Email')}
        type="email"
        required
        autoComplete="off"
        maw={460}
        {...form.getInputProps('email')}
      />
      {!record && <EntryField form={form} />}
      {(record || form.values.entry === 'password') && <PasswordField form={form} record={record} />}
      <Radio.Group label={t('Role')} {...form.getInputProps('role')}>
        <Stack gap={8} mt={6}>
          {roles.toReversed().map((role) => (
            <Radio
              key={role.name}
              value={role.name}
              label={labelOfRole(role.name)}
              description={described('role', role)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <NativeSelect
        label={t('Status')}
        description={t('Only active users can sign in, and only their keys work.')}
        data={userStatuses}
        maw={460}
        {...form.getInputProps('status')}
      />
      {record && <Consequences form={form} user={record} />}
      <ProfileFields form={form} />
    </>
  )
}

/** People change their own password under My account, which takes the current one. */
function PasswordField({ form, record }: { form: Form; record?: User | undefined }) {
  const { password_length_min } = useCatalog()
  if (useSignedIn().user.id === record?.id) return null
  const length = t('At least {{password_length_min}} characters.', { password_length_min })
  return (
    <PasswordInput
      label={record ? t('New password') : t('Password')}
      description={
        record
          ? t('Leave it empty to keep the current one. A new one signs them out everywhere. {{length}}', {
              length,
            })
          : t('{{length}} They can change it under My account.', { length })
      }
      required={!record}
      autoComplete="new-password"
      maw={460}
      {...form.getInputProps('password')}
    />
  )
}

/** Before it is saved: what another role or status takes away. */
function Consequences({ form, user }: { form: Form; user: User }) {
  const { role, status } = form.values
  if (user.status !== 'active') return null
  if (status !== 'active') return <WhatStops user={user} />
  return role === user.role ? null : <WhatStops user={user} role={role} />
}

function ProfileFields({ form }: { form: Form }) {
  return (
    <section aria-labelledby="profile">
      <Title order={2} size="h4" id="profile" mb="sm">
        {t('Profile')}
      </Title>
      <Stack gap="md">
        <Group grow align="flex-start" maw={720}>
          <TextInput label={t('First name')} {...form.getInputProps('first_name')} />
          <TextInput label={t('Last name')} {...form.getInputProps('last_name')} />
        </Group>
        <TextInput label={t('Phone')} type="tel" maw={460} {...form.getInputProps('phone')} />
        <Textarea
          label={t('About', { context: 'person' })}
          autosize
          minRows={2}
          maw={720}
          {...form.getInputProps('bio')}
        />
      </Stack>
    </section>
  )
}

function valuesOf(user?: User): UserValues {
  return {
    username: user?.username ?? '',
    email: user?.email ?? '',
    entry: 'password',
    password: '',
    // A role that this console does not know is kept unless another one is chosen.
    role: user?.role ?? 'normal',
    status: user?.status ?? 'active',
    ...profileValues(user),
  }
}
