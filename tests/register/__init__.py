"""The register: what is declared, who answers for it."""
