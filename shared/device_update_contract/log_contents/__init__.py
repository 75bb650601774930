"""What is in the binary device logs of Windows CE: crash dumps (``.kdmp``) and CeLog event streams (``.clg``).

Pure and bounded: readers take bytes, never a file, and whatever a device sent they give what can be told or raise
`UnreadableLog`. Writing such files is the simulator's.
"""
