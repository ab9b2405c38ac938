import { Checkbox, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Catalog, CredentialRequest, Scope } from 'comserv'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { condensed, expanded } from '../credentials/scopes.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { RuleFields } from '../rules/rule-fields.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { narrowable, type RuleValues, rulesInput, ruleValuesOf } from '../rules/rule-values.ts'
import { tellUnknownCategories } from '../rules/unknown-categories.ts'
import { useSignedIn } from '../session/use-session.ts'
import { OwnerField } from './owner-field.tsx'

interface Props {
  request: CredentialRequest
  onClose(): void
  onDone(): void
}

/** Approves a request, with the same or fewer scopes. */
export function Approve({ opened, ...rest }: Props & { opened: boolean }) {
  return (
    <Modal
      opened={opened}
      onClose={rest.onClose}
      title={t('Approve “{{name}}”', { name: rest.request.name })}
      size="lg"
    >
      <ApproveForm {...rest} />
    </Modal>
  )
}

export type DecisionValues = {
  scopes: Scope[]
  /** `usual`, `user` or `system`. */
  owner: string
  owner_id: number | undefined
  /** Limited as the role of the requester is. */
  is_limited: boolean
  rules: RuleValues[]
  expires_at: string
  allowed_ips: string
  message: string
}

function valuesOf(request: CredentialRequest, known: Catalog['scopes']): DecisionValues {
  return {
    scopes: expanded(known, (request.granted_scopes ?? request.scopes) as Scope[]),
    owner: 'usual',
    owner_id: undefined,
    is_limited: request.requester_rules !== null && request.granted_rules === null,
    rules: ruleValuesOf(request.granted_rules),
    expires_at: request.expires_at ? localInput(request.expires_at) : '',
    allowed_ips: '',
    message: '',
  }
}

function ApproveForm({ request, onClose, onDone }: Props) {
  const { scopes: known } = useCatalog()
  const systemId = useSignedIn().system_account_id
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: valuesOf(request, known),
    send: async ({ scopes, owner, owner_id, is_limited, rules, expires_at, allowed_ips, message }) => {
      const ranges = allowed_ips.split(/[\s,]+/).filter(Boolean)
      const chosen = owner === 'user' ? owner_id : owner === 'system' ? systemId : null
      return comserv.credentialRequests.approve(request.id, {
        scopes: condensed(known, scopes),
        expires_at: expires_at ? toUtc(expires_at) : null,
        allowed_ips: ranges.length > 0 ? ranges : null,
        message: message || null,
        ...(chosen == null ? {} : { owner_id: chosen }),
        ...(is_limited ? {} : { rules: rulesInput(rules) }),
      })
    },
    onDone: (approved) => {
      onDone()
      tellUnknownCategories(approved)
    },
    labels: { owner_id: t('Owner'), scopes: t('Scopes'), rules: t('Which documents') },
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Granted form={form} request={request} />
        <OwnerField form={form} request={request} />
        <TextInput
          type="datetime-local"
          label={t('Expires')}
          description={t('Empty: never.')}
          maw={460}
          {...form.getInputProps('expires_at')}
        />
        <Textarea
          label={t('Allowed IP addresses')}
          description={t('One address or range per line. Empty: the key works from anywhere.')}
          autosize
          minRows={2}
          maw={460}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('allowed_ips')}
        />
        <Textarea label={t('Message')} autosize minRows={2} {...form.getInputProps('message')} />
        <Text size="sm" c="dimmed">
          {t('Only the requester can collect the secret, within 14 days.')}
        </Text>
        <FormEnd verb={t('Approve')} isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </Form>
  )
}

interface FieldsProps {
  form: UseFormReturnType<DecisionValues>
  request: CredentialRequest
}

/** The scopes, each of a group by itself, and the documents that they are about. */
function Granted({ form, request }: FieldsProps) {
  const { scopes: known } = useCatalog()
  const { scopes, is_limited, rules } = form.values
  return (
    <>
      <Checkbox.Group
        label={t('Scopes')}
        description={t('The requested scopes. Remove those that the program does not need.')}
        {...form.getInputProps('scopes')}
      >
        <Stack gap={6} mt={6}>
          {expanded(known, request.scopes as Scope[]).map((scope) => (
            <Checkbox key={scope} value={scope} label={<span className="mono">{scope}</span>} />
          ))}
        </Stack>
      </Checkbox.Group>
      {request.requester_rules && (
        <Checkbox
          label={t('Limit the key to what the requester may see')}
          description={<RuleList rules={request.requester_rules} owner={t('the requester')} />}
          {...form.getInputProps('is_limited', { type: 'checkbox' })}
        />
      )}
      {!is_limited && (
        <RuleFields
          value={rules}
          onChange={(changed) => form.setFieldValue('rules', changed)}
          error={form.errors.rules}
          scopes={narrowable.filter((scope) => scopes.includes(scope))}
          owner={t('the owner of the key')}
        />
      )}
    </>
  )
}

/** Refuses a request with a sentence. */
export function Refuse({ opened, ...rest }: Props & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={rest.onClose} title={t('Refuse “{{name}}”', { name: rest.request.name })}>
      <RefuseForm {...rest} />
    </Modal>
  )
}

function RefuseForm({ request, onClose, onDone }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { message: '' },
    send: async ({ message }) => comserv.credentialRequests.refuse(request.id, { message }),
    onDone,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Textarea
          label={t('Reason')}
          description={t('The requester sees this.')}
          required
          autosize
          minRows={2}
          {...form.getInputProps('message')}
        />
        <FormEnd verb={t('Refuse')} isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </Form>
  )
}
