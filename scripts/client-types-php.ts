import {
  clientModelOf,
  type EventFamily,
  type Field,
  type Model,
  nameOfModel,
  type OpenApi,
  type Shape,
  type Union,
} from './client-model.ts'

/**
 * The types of the PHP client, derived from openapi.json: a class for each object of a response, and array shapes for
 * requests. Keys are paths below `sdk/php/src`.
 */
export function phpTypesOf(openApiText: string): Map<string, string> {
  const openApi: OpenApi = JSON.parse(openApiText)
  const { models, unions, queries, events } = clientModelOf(openApi)
  const whole = answeredWhole(openApi)
  const files = models
    .filter(({ isAnswered }) => isAnswered)
    .map((model): [string, string] => [
      `Model/${nameOfModel(model.name)}.php`,
      classOf(model, whole.has(model.name)),
    ])
  const sent = models.filter(({ isSent }) => isSent)
  return new Map([
    ...files,
    ...events.map(({ about, data }): [string, string] => [
      `Event/${data.name}.php`,
      classOf({ ...data, description: about }, false, 'Comserv\\Event'),
    ]),
    ['Event/EventBody.php', eventBodyOf(events)],
    ['WebhookEvent.php', webhookEventOf(events)],
    ['Request/Objects.php', objectsOf(sent)],
    ['Request/Shapes.php', shapesOf([...sent, ...queries], unions)],
  ])
}

const columnsMax = 120
const docColumnsMax = 116

/** Fields that openapi.json leaves open, and the client types by hand. */
const byHand: Readonly<Record<string, { type: string; uses: string }>> = {
  'Event.payload': { type: 'EventBody', uses: 'Comserv\\Event\\EventBody' },
}

/** The models that are whole responses, which carry HTTP metadata. */
function answeredWhole({ paths }: OpenApi): Set<string> {
  const references = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content = {} }) => Object.values(content))
    .map(({ schema }) => schema.$ref?.split('/').at(-1) ?? '')
  return new Set(references)
}

function classOf(
  { name, description, fields }: Model,
  isWhole: boolean,
  namespace = 'Comserv\\Model',
): string {
  const read = fields.map((field) => ({ ...field, ...readOf(name, field) }))
  const documented = read.flatMap(({ name: field, type, documented, shape, description: about }) => {
    const values = shape.kind === 'string' && shape.values ? `${listOf(shape.values)}.` : ''
    const text = [about && `${about}.`, values].filter(Boolean).join(' ')
    if (!documented && !text) return []
    return wrapped(`@param ${documented ?? type.replace(/^\?(.*)/, '$1|null')} $${field} ${text}`.trimEnd())
  })
  const uses = new Set([
    'Comserv\\ApiObject',
    'Comserv\\Internal\\Fields',
    ...read.flatMap(({ uses }) => uses),
  ])
  if (isWhole) uses.add('Comserv\\Response')
  return `${opening(namespace)}
${[...uses]
  .sort()
  .map((used) => `use ${used};\n`)
  .join('')}
${summaryBlock(description)}final class ${nameOfModel(name)} extends ApiObject
{
${block(documented)}    public function __construct(
${read.map(({ name: field, type }) => `        public readonly ${type} $${field},\n`).join('')}${isWhole ? '        public readonly Response $response,\n' : ''}    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
${read.map(({ expression }) => `            ${expression},\n`).join('')}${isWhole ? '            $fields->response,\n' : ''}        );
    }
}
`
}

interface Read {
  /** The type of the property. */
  type: string
  /** What PHP's own types cannot express. */
  documented?: string
  uses: string[]
  expression: string
}

/** How a field of a response is read. A missing optional field is null. */
function readOf(model: string, { name, shape, isNullable, isRequired }: Field): Read {
  const isOptional = isNullable || !isRequired
  const [question, orNull] = isOptional ? ['?', 'OrNull'] : ['', '']
  const plain = (type: string, method: string, documented?: string): Read => ({
    type: question + type,
    ...(documented ? { documented: documented + (isOptional ? '|null' : '') } : {}),
    uses: [],
    expression: `$fields->${method}${orNull}('${name}')`,
  })
  const object = (type: string, uses: string[]): Read => ({
    type: question + type,
    uses,
    expression: isOptional
      ? `$fields->optional('${name}', ${type}::from(...))`
      : `${type}::from($fields->object('${name}'))`,
  })
  const typed = byHand[`${model}.${name}`]
  if (typed) return object(typed.type, [typed.uses])
  switch (shape.kind) {
    case 'string':
      return shape.isInstant ? plain('\\DateTimeImmutable', 'instant') : plain('string', 'string')
    case 'integer':
      return plain('int', 'integer')
    case 'number':
      return plain('float', 'number')
    case 'boolean':
      return plain('bool', 'boolean')
    case 'model':
      return object(nameOfModel(shape.name), [])
    case 'anything':
      return plain('array', 'map', 'array<string, mixed>')
    case 'map':
      if (shape.of.kind === 'string') return plain('array', 'texts', 'array<string, string>')
      break
    case 'list':
      if (shape.of.kind === 'string') return plain('array', 'strings', 'list<string>')
      if (shape.of.kind === 'integer') return plain('array', 'integers', 'list<int>')
      if (shape.of.kind !== 'model') break
      return {
        type: `${question}array`,
        documented: `list<${nameOfModel(shape.of.name)}>${isOptional ? '|null' : ''}`,
        uses: [],
        expression: `$fields->objects${orNull}('${name}', ${nameOfModel(shape.of.name)}::from(...))`,
      }
  }
  throw new Error(`The PHP client cannot read ${model}.${name}: ${JSON.stringify(shape)}`)
}

const dataTypes = (events: readonly EventFamily[]) => [
  ...events.map(({ data }) => data.name),
  'OtherEventData',
]

/** A union on one line, or one type per line if that would be too long; PSR-12 wants those at the same indent. */
function unionLine(before: string, types: readonly string[], after: string): string {
  const line = `${before} ${types.join('|')}${after}`
  if (line.length <= columnsMax) return line
  const indent = ' '.repeat(before.search(/\S/))
  return `${before} ${types.join(`|\n${indent}`)}${after}`
}

/** Of a webhook with `include_previous`, as array shapes: a missing field did not change. */
function previousOf(events: readonly EventFamily[]) {
  const shapes = events.flatMap(({ previous }) => {
    const fields = previous?.fields.map((field) => `${field.name}?: ${sentType(field, previous.name)}`)
    return fields ? [`array{${fields.join(', ')}}`] : []
  })
  return (tag: string, indent: string, about = '') =>
    [`${tag}`, ...shapes.map((shape) => `    ${shape}|`), `    null $previous${about}`]
      .map((line) => `${indent}* ${line}\n`)
      .join('')
}

/** An event that replaced nothing has no such field, and an empty one is an object. */
const serialized = `
    /** @return array<array-key, mixed> */
    public function jsonSerialize(): array
    {
        $json = parent::jsonSerialize();
        unset($json['previous']);
        return $this->previous === null ? $json : $json + ['previous' => (object) $this->previous];
    }
`

function eventBodyOf(events: readonly EventFamily[]): string {
  const types = dataTypes(events)
  const previous = previousOf(events)
  const cases = events.map(({ types, data }) => {
    const named = types.map((type) => `            '${type}',\n`).join('')
    return `${named.replace(/,\n$/, '')} => ${data.name}::from($fields->object('data')),\n`
  })
  return `${opening('Comserv\\Event')}
use Comserv\\ApiObject;
use Comserv\\Internal\\Fields;

/** The exact body that a webhook receives. \`$body->data instanceof DocumentEventData\` tells an editor its fields. */
final class EventBody extends ApiObject
{
    /**
     * @param string $event The type, such as 'document.published'.
     * @param \\DateTimeImmutable $timestamp When it happened.
${previous('@param', '     ', ' What an update replaced; for webhooks with `include_previous`.')}     */
    public function __construct(
        public readonly string $event,
        public readonly \\DateTimeImmutable $timestamp,
${unionLine('        public readonly', types, ' $data,')}
        public readonly ?array $previous = null,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        $event = $fields->string('event');
        $data = match ($event) {
${cases.join('')}            default => new OtherEventData($fields->map('data')),
        };
        /**
${previous('@var', '         ')}         */
        $previous = $fields->mapOrNull('previous');
        return new self($event, $fields->instant('timestamp'), $data, $previous);
    }
${serialized}}
`
}

function webhookEventOf(events: readonly EventFamily[]): string {
  const names = ['EventBody', ...dataTypes(events)].sort()
  return `${opening('Comserv')}
${names.map((name) => `use Comserv\\Event\\${name};\n`).join('')}
/** A verified event. \`$event->data instanceof DocumentEventData\` tells an editor its fields. */
final class WebhookEvent extends ApiObject
{
    /**
     * @param string|null $id The same for every attempt and resend of an event, to recognize duplicates.
     * @param string $event The type, such as 'document.published'.
     * @param \\DateTimeImmutable $timestamp When it happened.
${previousOf(events)('@param', '     ', ' What an update replaced; for webhooks with `include_previous`.')}     */
    public function __construct(
        public readonly ?string $id,
        public readonly string $event,
        public readonly \\DateTimeImmutable $timestamp,
${unionLine('        public readonly', dataTypes(events), ' $data,')}
        public readonly ?array $previous = null,
    ) {
    }

    /** @internal */
    public static function of(?string $id, EventBody $body): self
    {
        return new self($id, $body->event, $body->timestamp, $body->data, $body->previous);
    }
${serialized}}
`
}

function objectsOf(models: readonly Model[]): string {
  const fields = models.flatMap((model) => model.fields)
  const namesOf = (kinds: readonly Shape['kind'][]) =>
    new Set(fields.filter(({ shape }) => kinds.includes(shape.kind)).map(({ name }) => name))
  const lists = namesOf(['list'])
  const objects = [...namesOf(['model', 'union', 'map', 'anything'])].sort()
  const both = objects.filter((name) => lists.has(name))
  if (both.length > 0) throw new Error(`A list in one request, but an object in another: ${both.join(', ')}`)
  return `${opening('Comserv\\Request')}
/** @internal */
final class Objects
{
    /** The fields of requests that hold an object, never a list. */
${constantLine('    public const FIELDS =', objects)}
}
`
}

/** A list on one line, or one text per line if that would be too long. */
function constantLine(before: string, texts: readonly string[]): string {
  const quoted = texts.map((text) => `'${text}'`)
  const line = `${before} [${quoted.join(', ')}];`
  if (line.length <= columnsMax) return line
  return `${before} [\n${quoted.map((text) => `        ${text},\n`).join('')}    ];`
}

function shapesOf(models: readonly Model[], unions: readonly Union[]): string {
  const types = models.map(({ name, fields }) => {
    const lines = fields.map(
      (field) => ` *     ${field.name}${field.isRequired ? '' : '?'}: ${sentType(field, name)},`,
    )
    return [` * @phpstan-type ${name} array{`, ...lines, ' * }'].join('\n')
  })
  const choices = unions.map(({ name, models: parts }) => ` * @phpstan-type ${name} ${parts.join('|')}`)
  return `${opening('Comserv\\Request')}
/**
 * Requests, as array shapes. A time may be any \`DateTimeInterface\`, or as text (RFC 3339).
 *
${[...types, ...choices].join('\n *\n')}
 */
interface Shapes
{
}
`
}

/** A null query parameter is not sent; a null field of a body is cleared. */
function sentType({ shape, isNullable }: Field, model: string): string {
  return shapeType(shape) + (isNullable || model.endsWith('Query') ? '|null' : '')
}

/** The type of a query parameter that is a method's own parameter. */
export function settingType({ shape }: Field): string {
  if (shape.kind === 'string') return shape.values?.join() === 'true,false' ? 'bool' : 'string'
  return shapeType(shape)
}

function shapeType(shape: Shape): string {
  switch (shape.kind) {
    case 'model':
    case 'union':
      return shape.name
    case 'list':
      return `list<${shapeType(shape.of)}>`
    case 'map':
      return `array<string, ${shapeType(shape.of)}|null>`
    case 'anything':
      return 'array<string, mixed>'
    case 'integer':
      return 'int'
    case 'number':
      return 'int|float'
    case 'boolean':
      return 'bool'
    case 'string':
      if (shape.isInstant) return 'string|\\DateTimeInterface'
      return shape.values?.map((value) => `'${value}'`).join('|') ?? 'string'
  }
}

function opening(namespace: string): string {
  return `<?php

// Generated by npm run generate from openapi.json.

declare(strict_types=1);

namespace ${namespace};
`
}

/** Wraps a sentence in a comment at the width of PSR-12. */
function wrapped(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= docColumnsMax)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(last === undefined ? ` * ${word}` : ` *     ${word}`)
  }
  return lines
}

function summaryBlock(description: string): string {
  const line = description && `/** ${description}. */\n`
  return line.length <= columnsMax ? line : `/**\n${wrapped(`${description}.`).join('\n')}\n */\n`
}

function block(lines: readonly string[]): string {
  if (lines.length === 0) return ''
  return `${['/**', ...lines, ' */'].map((line) => `    ${line}`).join('\n')}\n`
}

function listOf(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`)
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ')
}
