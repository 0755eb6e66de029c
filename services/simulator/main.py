"""The simulator service: plays the sample messages at a listener once, as a hospital would, and ends."""

from pathlib import Path

from ascbridge import config
from ascbridge.cli import app

SAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "samples" / "itk-v24"


def main() -> None:
    """Send every sample in order, but for those that are there to be refused."""
    address = config.load(Path(__file__).with_name("service.toml")).mllp.address
    samples = sorted(str(file) for file in SAMPLES.glob("*.hl7") if not file.name.startswith("refused"))
    app(["send", "--mllp", f"{address.host}:{address.port}", *samples])


if __name__ == "__main__":
    main()
