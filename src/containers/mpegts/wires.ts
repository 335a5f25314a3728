// A transport stream on a connection: the tables, then packets as they are. Other tables are told in the stream, as broadcasters do.

import type { Wire } from '../wire.ts';

export const plain: Wire = {
  name: 'mpegts',
  contentType: 'video/mp2t',
  dress: (header) => ({ begin: header }),
  change: (header) => header,
};
