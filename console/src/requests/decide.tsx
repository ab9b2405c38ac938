import { Checkbox, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { CredentialRequest, Scope } from 'comserv'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { RuleList } from '../rules/rule-list.tsx'

interface Props {
  request: CredentialRequest
  onClose(): void
  onDone(): void
}

/** Approves a request, with the same or fewer scopes. */
export function Approve({ opened, ...rest }: Props & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={rest.onClose} title={`Approve “${rest.request.name}”`} size="lg">
      <ApproveForm {...rest} />
    </Modal>
  )
}

function ApproveForm({ request, onClose, onDone }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      scopes: (request.granted_scopes ?? request.scopes) as string[],
      expires_at: request.expires_at ? localInput(request.expires_at) : '',
      allowed_ips: '',
      is_limited: true,
      message: '',
    },
    send: async ({ scopes, expires_at, allowed_ips, is_limited, message }) => {
      const ranges = allowed_ips.split(/[\s,]+/).filter(Boolean)
      return comserv.credentialRequests.approve(request.id, {
        scopes: scopes as Scope[],
        expires_at: expires_at ? toUtc(expires_at) : null,
        allowed_ips: ranges.length > 0 ? ranges : null,
        message: message || null,
        ...(is_limited ? {} : { rules: null }),
      })
    },
    onDone,
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Checkbox.Group
          label="Scopes"
          description="Those that were requested. Take away what the program does not need."
          {...form.getInputProps('scopes')}
        >
          <Stack gap={6} mt={6}>
            {request.scopes.map((scope) => (
              <Checkbox key={scope} value={scope} label={<span className="mono">{scope}</span>} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TextInput
          type="datetime-local"
          label="Expires"
          description="Empty: never."
          maw={460}
          {...form.getInputProps('expires_at')}
        />
        <Textarea
          label="Allowed IP addresses"
          description="One address or range per line. Empty: the key works from anywhere."
          autosize
          minRows={2}
          maw={460}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('allowed_ips')}
        />
        {request.requester_rules && (
          <Checkbox
            label="Limit the key to what the role of the requester reaches"
            description={<RuleList rules={request.requester_rules} />}
            {...form.getInputProps('is_limited', { type: 'checkbox' })}
          />
        )}
        <Textarea label="Message" autosize minRows={2} {...form.getInputProps('message')} />
        <Text size="sm" c="dimmed">
          {request.requester_id === null
            ? 'The key will belong to the system account.'
            : 'The key will belong to the requester if their role has the scopes, otherwise to the system account.'}{' '}
          Its secret is shown to the requester alone, within 14 days.
        </Text>
        <FormEnd verb="Approve" isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </form>
  )
}

/** Refuses a request with a sentence. */
export function Refuse({ opened, ...rest }: Props & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={rest.onClose} title={`Refuse “${rest.request.name}”`}>
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
    <form onSubmit={onSubmit}>
      <Stack>
        <Textarea
          label="Reason"
          description="The requester reads it."
          required
          data-autofocus
          autosize
          minRows={2}
          {...form.getInputProps('message')}
        />
        <FormEnd verb="Refuse" isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </form>
  )
}
