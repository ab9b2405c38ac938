import { Radio, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { CredentialRequest } from 'comserv'
import { useCatalog, useRoleLabel } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { useRecord } from '../record/use-record.ts'
import { useSignedIn } from '../session/use-session.ts'
import { UserField } from '../users/user-field.tsx'
import { users } from '../users/users.ts'
import type { DecisionValues } from './decide.tsx'

interface Props {
  form: UseFormReturnType<DecisionValues>
  request: CredentialRequest
}

/** Who will own the key that is approved. */
export function OwnerField({ form, request }: Props) {
  const systemId = useSignedIn().system_account_id
  const isGuest = request.requester_id === null
  return (
    <>
      <Radio.Group
        label={t('Owner')}
        description={t('The key can do no more than the role of its owner allows.')}
        {...form.getInputProps('owner')}
      >
        <Stack gap={6} mt={6}>
          <Radio
            value="usual"
            label={
              isGuest
                ? t('The system account')
                : t('The requester if their role has the scopes, otherwise the system account')
            }
            description={<Lacking form={form} request={request} />}
          />
          {!isGuest && (
            <Radio
              value="system"
              label={t('The system account')}
              disabled={systemId === null}
              description={
                systemId === null &&
                t('There is none yet: it is created by the first “comserv” command on the server.')
              }
            />
          )}
          <Radio value="user" label={t('A user')} />
        </Stack>
      </Radio.Group>
      {form.values.owner === 'user' && (
        <UserField
          label={t('User')}
          required
          isClearable={false}
          maw={460}
          value={form.values.owner_id}
          onChange={(id) => form.setFieldValue('owner_id', id)}
          error={form.errors.owner_id}
        />
      )}
    </>
  )
}

/** The chosen scopes that the requester could not use as the owner. */
function Lacking({ form, request: { requester_id: id } }: Props) {
  const { roles } = useCatalog()
  const labelOf = useRoleLabel()
  // Whoever was deleted meanwhile has no role to name.
  const requester = useRecord(users, id ?? undefined).data?.data
  const role = roles.find(({ name }) => name === requester?.role)
  if (!role || role.name === 'admin') return null
  const scopes = form.values.scopes.filter((scope) => !role.scopes.some((held) => held === scope))
  if (scopes.length === 0) return t('Their role, {{role}}, has all of them.', { role: labelOf(role.name) })
  return t('Their role, {{role}}, lacks {{scopes}}.', {
    role: labelOf(role.name),
    scopes: scopes.join(', '),
  })
}
