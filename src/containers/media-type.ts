// A content type without its parameters, such as a character set, and in lower case: how it is compared.

export function mediaType(contentType: string): string {
  return contentType.split(';', 1).join('').trim().toLowerCase();
}
