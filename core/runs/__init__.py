"""What every long job on the disk shares: folder, manifest, and its sessions of work."""
