"""How a machine is doing, in a few lines."""

m = data["machine"]


def size(number):
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return f"{number:.1f} {unit}"
        number /= 1000


warnings = []
if m["disk_free_bytes"] < 0.1 * m["disk_bytes"]:
    warnings.append("The disk is nearly full.")
if m["memory_free_bytes"] < 0.1 * m["memory_bytes"]:
    warnings.append("Memory is nearly used up.")
if m["cpu_percent"] > 90:
    warnings.append("The processor is busy.")
if m["battery_percent"] is not None and m["battery_percent"] < 20:
    warnings.append("The battery is low.")
print(" ".join(warnings) or "All is well.")
print(
    f"\nProcessor {m['cpu_percent']:.0f} % of {m['cores']} cores; memory {size(m['memory_free_bytes'])} of {size(m['memory_bytes'])} free; disk {size(m['disk_free_bytes'])} of {size(m['disk_bytes'])} free; running for {m['up_s'] // 3600} hours."
)
print("\nMost memory:\n" + "\n".join(f"- {row['name']}: {size(row['memory_bytes'])}" for row in data["programs"]))
