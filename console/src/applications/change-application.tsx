import { Checkbox, Input, NativeSelect, Radio, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Application, ApplicationCreate, ApplicationUpdate, Scope } from 'comserv'
import { useCatalog, useRoleLabel } from '../catalog/use-catalog.ts'
import { ScopeMatrix } from '../credentials/scope-matrix.tsx'
import { rowOf, TextRows } from '../form/text-rows.tsx'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { type ApplicationValues, createInput, updateInput, valuesOf } from './application-input.ts'
import { ApplicationSecret } from './application-secret.tsx'
import { applicationKinds, applications } from './applications.ts'

const applicationForm: FormOf<Application, ApplicationValues, ApplicationCreate, ApplicationUpdate> = {
  valuesOf,
  Fields: ApplicationFields,
  createInput,
  updateInput,
  labels: {
    name: t('Name'),
    redirect_uris: t('Redirect URIs'),
    origins: t('Origins'),
    post_logout_redirect_uris: t('After signing out'),
    scopes: t('Scopes'),
    roles: t('Who may use it'),
    trusted: t('Trusted'),
    id_token_alg: t('Signature of id_tokens'),
  },
  rowOf,
}

export function NewApplicationPage() {
  return (
    <NewPage
      kind={applications}
      title={t('New application')}
      secret={{
        title: t('Store this secret now'),
        isIn: ({ client_secret }) => client_secret !== null,
        show: (made, onDone) => <ApplicationSecret application={made} onDone={onDone} />,
      }}
    >
      {(creating) => (
        <NewForm kind={applications} of={applicationForm} verb={t('Create application')} {...creating} />
      )}
    </NewPage>
  )
}

export function EditApplicationPage() {
  return (
    <EditPage
      kind={applications}
      lead={t('A scope or role that you take away ends at once, for everybody who is signed in.')}
    >
      {(editing) => <EditForm kind={applications} of={applicationForm} {...editing} />}
    </EditPage>
  )
}

interface FieldsProps {
  form: UseFormReturnType<ApplicationValues>
  /** The current record; undefined for a new one. */
  record?: Application | undefined
}

const exampleOrigin = 'https://app.example.org'

const exampleUris = {
  browser: `${exampleOrigin}/signed-in`,
  native: 'http://127.0.0.1/signed-in',
  server: `${exampleOrigin}/signed-in`,
}

function ApplicationFields({ form, record }: FieldsProps) {
  const { kind, scopes } = form.values
  return (
    <>
      <TextInput
        label={t('Name')}
        description={t('People read it when they are asked whether they allow it.')}
        placeholder={t('Reading room')}
        required
        maw={460}
        {...form.getInputProps('name')}
      />
      {!record && <KindChoice form={form} />}
      <TextRows
        form={form}
        name="redirect_uris"
        label={t('Redirect URIs')}
        description={
          kind === 'native'
            ? t(
                'Where people are sent back to. Each has to match exactly; on a loopback address the port may differ. A scheme of its own is possible, such as com.example.app:/done.',
              )
            : t('Where people are sent back to. Each has to match exactly, to the last slash.')
        }
        placeholder={exampleUris[kind]}
        add={t('Add a redirect URI')}
        required
      />
      <TextRows
        form={form}
        name="origins"
        label={t('Origins')}
        description={t(
          'The origins of its pages, if these call the API from the browser (CORS), such as https://app.example.org.',
        )}
        placeholder={exampleOrigin}
        add={t('Add an origin')}
      />
      <ScopeMatrix
        value={scopes}
        onChange={(chosen: Scope[]) => form.setFieldValue('scopes', chosen)}
        error={form.errors.scopes}
        description={t('What it may ask people for. It never does more than its person may do.')}
      />
      <RoleChoice form={form} />
      <Checkbox
        label={t('Trusted')}
        description={t(
          'People are not asked before it acts for them. Only for programs of your own organisation.',
        )}
        {...form.getInputProps('trusted', { type: 'checkbox' })}
      />
      <TextRows
        form={form}
        name="post_logout_redirect_uris"
        label={t('After signing out')}
        description={t('Where it may send people after it signed them out here. Optional.')}
        placeholder={`${exampleOrigin}/`}
        add={t('Add an address')}
      />
      <NativeSelect
        label={t('Signature of id_tokens')}
        description={t('RS256 is what every library verifies.')}
        maw={260}
        data={['RS256', 'ES256']}
        {...form.getInputProps('id_token_alg')}
      />
    </>
  )
}

function KindChoice({ form }: Pick<FieldsProps, 'form'>) {
  return (
    <Radio.Group
      label={t('Kind')}
      description={t('It cannot be changed later.')}
      {...form.getInputProps('kind')}
    >
      <Stack gap={8} mt={8}>
        {applicationKinds.map(({ value, label, about }) => (
          <Radio key={value} value={value} label={label} description={about} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

function RoleChoice({ form }: Pick<FieldsProps, 'form'>) {
  const { roles: known } = useCatalog()
  const labelOf = useRoleLabel()
  const { who, roles } = form.values
  return (
    <>
      <Radio.Group label={t('Who may use it')} {...form.getInputProps('who')}>
        <Stack gap={6} mt={6}>
          <Radio value="everybody" label={t('Everybody with an account')} />
          <Radio value="roles" label={t('Only people with these roles')} />
        </Stack>
      </Radio.Group>
      {who === 'roles' && (
        <Input.Wrapper label={t('Roles')} error={form.errors.roles} labelElement="div" required>
          <Stack gap={6} mt={6}>
            {known.map(({ name }) => (
              <Checkbox
                key={name}
                label={labelOf(name)}
                checked={roles.includes(name)}
                onChange={({ currentTarget: { checked } }) =>
                  form.setFieldValue(
                    'roles',
                    known
                      .map((one) => one.name)
                      .filter((one) => (one === name ? checked : roles.includes(one))),
                  )
                }
              />
            ))}
          </Stack>
        </Input.Wrapper>
      )}
    </>
  )
}
