// `GET /api`: every address of the pump as OpenAPI 3.1.

import type { Context } from 'koa';
import { z } from 'zod';
import { version } from '../../version.ts';
import type { Means } from '../means.ts';
import { type Content, type Row, rows } from './rows.ts';
import * as shapes from './shapes.ts';
import { tell } from './status.ts';

export function description(means: Means) {
  const isThere = ({ needs }: Row) => needs === undefined || means.rules[needs] !== undefined;
  return (ctx: Context): void => tell(ctx, documentOf(rows.filter(isThere)));
}

function documentOf(shown: readonly Row[]): object {
  const addresses = new Set(shown.map(({ at }) => at));
  const operations = (address: string) => shown.filter(({ at }) => at === address).flatMap(operationsOf);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stream Pump',
      version: version(),
      description: `An error's body is one line that tells what to do.`,
    },
    paths: Object.fromEntries([...addresses].map((address) => [address, Object.fromEntries(operations(address))])),
    components: {
      schemas: schemas(),
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, digest: { type: 'http', scheme: 'digest' } },
    },
  };
}

function operationsOf({ at, methods, says, answers, also = {}, needs }: Row): [string, object][] {
  const others = Object.entries(also).map(([status, why]) => [status, { description: why }]);
  const parameters = [...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const content = contentOf(answers);
  const operation = {
    summary: says,
    ...(parameters.length > 0 && { parameters }),
    ...(needs && { security: [{ basic: [] }, { digest: [] }] }),
    responses: { 200: { description: 'as asked', ...(content && { content }) }, ...Object.fromEntries(others) },
  };
  return methods.map((method) => [method, operation]);
}

function contentOf(answers: Content): object | undefined {
  switch (answers) {
    case 'nothing':
      return undefined;
    case 'a stream':
    case 'a playlist':
    case 'any':
      return { '*/*': {} };
    case 'SDP':
      return { 'application/sdp': { schema: { type: 'string' } } };
    case 'events':
      return { 'text/event-stream': { schema: { type: 'string' } } };
    case 'a page':
      return { 'text/html': { schema: { type: 'string' } }, 'text/plain': { schema: { type: 'string' } } };
    case 'text':
      return { 'text/plain': { schema: { type: 'string' } } };
    case 'OpenAPI':
      return { 'application/json': { schema: { type: 'object' } } };
    default:
      return { 'application/json': { schema: { $ref: addressOf(answers) } } };
  }
}

function addressOf(shape: string): string {
  return `#/components/schemas/${shape}`;
}

function schemas(): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(shapes)) registry.add(shape, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: addressOf });
  // Where they stand they need no address and no dialect of their own.
  const bare = Object.entries(schemas).map(([id, { $id: _id, $schema: _dialect, ...schema }]) => [id, schema]);
  return Object.fromEntries(bare);
}
