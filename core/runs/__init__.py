"""What every long job on the disk shares: folder, manifest, rate, batches."""
