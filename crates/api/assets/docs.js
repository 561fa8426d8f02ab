// Everything that the viewer would ask other hosts for is off. The samples are the document's own.
Scalar.createApiReference('#reference', {
  url: 'openapi.json',
  agent: { disabled: true },
  mcp: { disabled: true },
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  hiddenClients: true,
  persistAuth: false,
  defaultOpenAllTags: false,
  authentication: { preferredSecurityScheme: 'bearer' },
});
